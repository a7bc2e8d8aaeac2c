/** @file Test helper: a command in this process, what it printed and its exit code. */
import { Writable } from 'node:stream';
import { main, type MainOptions } from './main.ts';

/** What a command left behind. */
export interface Captured {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** `certprune …argv`, to its end. @param terminal columns of the terminal that stderr is */
export async function captured(
  argv: readonly string[],
  { terminal, ...options }: Omit<MainOptions, 'stdout' | 'stderr'> & { readonly terminal?: number } = {},
): Promise<Captured> {
  const texts = ['', ''];
  const [stdout, stderr] = texts.map(
    (_, at) =>
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          texts[at] += chunk.toString();
          done();
        },
      }) as NodeJS.WriteStream,
  );
  if (terminal !== undefined) Object.assign(stderr, { isTTY: true, columns: terminal });
  const code = await main(argv, { ...options, stdout, stderr });
  return { code, out: texts[0], err: texts[1] };
}
