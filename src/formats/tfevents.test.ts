import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import protobuf from 'protobufjs/light.js';
import { describe, expect, it } from 'vitest';
import { appendEvents, crc32c, encodeFileVersion, encodeScalarEvent } from './tfevents.ts';
import { UserError } from './userError.ts';

const root = protobuf.Root.fromJSON({
  nested: {
    Event: {
      fields: {
        wallTime: { type: 'double', id: 1 },
        step: { type: 'int64', id: 2 },
        fileVersion: { type: 'string', id: 3 },
        summary: { type: 'Summary', id: 5 },
      },
    },
    Summary: { fields: { value: { rule: 'repeated', type: 'Value', id: 1 } } },
    Value: { fields: { tag: { type: 'string', id: 1 }, simpleValue: { type: 'float', id: 2 } } },
  },
});

/** The events of a file, read by another path than they were written. */
function eventsOf(bytes: Buffer): unknown[] {
  const events = [];
  for (let offset = 0; offset < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(offset));
    const type = root.lookupType('Event');
    const data = bytes.subarray(offset + 12, offset + 12 + length);
    events.push(type.toObject(type.decode(data), { longs: Number }));
    offset += 16 + length;
  }
  return events;
}

describe('tfevents', () => {
  it('computes CRC-32C as RFC 3720 gives it', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
  });

  it('begins as every event file does', () => {
    const start = Buffer.from(encodeFileVersion(1.5)).subarray(0, 13).toString('hex');
    expect(start).toBe('1800000000000000a37f4b2209');
  });

  it('writes scalars over steps', () => {
    const directory = mkdtempSync(join(tmpdir(), 'tfevents-'));
    const path = join(directory, 'events.out.tfevents.0.certprune');
    appendEvents(path, [
      { step: 1, wallTimeSeconds: 10, scalars: { loss: 0.5, 'certified/accuracy': 0.75 } },
    ]);
    appendEvents(path, []);
    appendEvents(path, [{ step: 2 ** 40, wallTimeSeconds: 11.5, scalars: { loss: -0.25 } }]);
    const value = (tag: string, simpleValue: number) => ({ tag, simpleValue });
    expect(eventsOf(readFileSync(path))).toEqual([
      { wallTime: 10, fileVersion: 'brain.Event:2' },
      { wallTime: 10, step: 1, summary: { value: [value('loss', 0.5), value('certified/accuracy', 0.75)] } },
      { wallTime: 11.5, step: 2 ** 40, summary: { value: [value('loss', -0.25)] } },
    ]);
    rmSync(directory, { recursive: true });
    expect(() => appendEvents(path, [{ step: 1, wallTimeSeconds: 1, scalars: {} }])).toThrow(UserError);
  });

  it('protects data with its checksum', () => {
    const bytes = Buffer.from(encodeScalarEvent({ step: 3, wallTimeSeconds: 1, scalars: { a: 1 } }));
    const crc = crc32c(bytes.subarray(12, -4));
    const masked = (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
    expect(bytes.readUInt32LE(bytes.length - 4)).toBe(masked);
  });
});
