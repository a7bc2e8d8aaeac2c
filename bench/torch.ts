/** @file The peer's training steps: PyTorch eager, where Debian's python3-torch is installed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('./torchSteps.py', import.meta.url));

/** Steps that `torchSteps.py` knows. */
export type TorchStep = 'CE' | 'FGSM' | 'FGSM + GradAlign';

/** PyTorch in a process of its own, so that its steps can be taken in turn with ours. */
export interface Torch {
  readonly version: string;
  /** One step. @returns its time, and the most memory that the process has had */
  step(name: TorchStep): Promise<{ readonly milliseconds: number; readonly megabytes: number }>;
  close(): void;
}

/** Undefined where it is not installed. */
export async function openTorch(threads: number): Promise<Torch | undefined> {
  const child = spawn('/usr/bin/python3', [script, String(threads)], { stdio: ['pipe', 'pipe', 'ignore'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async <T>(): Promise<T | undefined> => {
    const { value, done } = await lines.next();
    return done === true ? undefined : (JSON.parse(value) as T);
  };
  const failed = once(child, 'error').then(() => undefined);
  const hello = await Promise.race([next<{ version: string }>(), failed]);
  if (hello === undefined) return undefined;
  return {
    version: hello.version,
    async step(name) {
      child.stdin.write(`${name}\n`);
      const answer = await next<{ milliseconds: number; megabytes: number }>();
      if (answer === undefined) throw new Error(`PyTorch ended in the step ${name}`);
      return answer;
    },
    close: () => void child.stdin.end(),
  };
}

/** One line with PyTorch's least times, or why there are none. */
export async function torchLine(threads: number, rounds: number): Promise<string> {
  const torch = await openTorch(threads);
  if (torch === undefined) return 'PyTorch eager: not measured, python3-torch is not installed';
  const least = { CE: Infinity, FGSM: Infinity };
  for (let round = 0; round <= rounds; round++)
    for (const name of ['CE', 'FGSM'] as const) {
      const { milliseconds } = await torch.step(name);
      if (round > 0) least[name] = Math.min(least[name], milliseconds);
    }
  torch.close();
  return (
    `PyTorch ${torch.version} eager, ${threads} threads: CE step ${least.CE.toFixed(0)} ms, ` +
    `FGSM step ${least.FGSM.toFixed(0)} ms`
  );
}
