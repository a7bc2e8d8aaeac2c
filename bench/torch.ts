/** @file The peer's training steps: PyTorch eager, where Debian's python3-torch is installed. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const script = fileURLToPath(new URL('./torchSteps.py', import.meta.url));

/** One line with PyTorch's times, or why there are none. */
export async function torchLine(threads: number, rounds: number): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('/usr/bin/python3', [
      script,
      String(threads),
      String(rounds),
    ]);
    const { CE, FGSM, version } = JSON.parse(stdout) as { CE: number; FGSM: number; version: string };
    return `PyTorch ${version} eager, ${threads} threads: CE step ${CE.toFixed(0)} ms, FGSM step ${FGSM.toFixed(0)} ms`;
  } catch {
    return 'PyTorch eager: not measured, python3-torch is not installed';
  }
}
