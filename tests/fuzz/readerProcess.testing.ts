/** @file A process that reads hostile files for its parent: what it costs, and how it ends, is seen from outside. */
import { UserError } from '../../src/formats/userError.ts';
import { peakResidentBytes } from '../../src/verify/files/residentMemory.ts';
import { readers } from './readers.testing.ts';

process.on('message', ({ reader, bytes }: { reader: string; bytes: string }) => {
  const begun = process.cpuUsage();
  let kind = 'value';
  let message = '';
  try {
    readers[reader](Buffer.from(bytes, 'base64'));
  } catch (error) {
    const refused = error instanceof UserError;
    kind = refused ? 'refused' : 'fault';
    message = refused ? error.message : ((error as Error).stack ?? String(error));
  }
  const { user, system } = process.cpuUsage(begun);
  const megabytes = peakResidentBytes() / 2 ** 20;
  process.send?.({ kind, message: message.slice(0, 2000), seconds: (user + system) / 1e6, megabytes });
});
process.send?.('ready');
