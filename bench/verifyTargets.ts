/** @file The targets of verification, and whether answers meet them. */
import type { Answer } from '../src/verify/files/answer.ts';

/** What the peer needed; `open` where it had no answer in time. */
export interface Peer {
  readonly cpuSeconds: readonly number[];
  readonly open: readonly number[];
  /** Largest over the instances. */
  readonly peakMegabytes: number;
}

/** One instance, answered. */
export interface Done {
  readonly index: number;
  readonly answer: Answer;
  readonly wrong: boolean;
  readonly peerCpu: number | undefined;
}

interface Target {
  /** Least number of instances solved within the time; default all of them. */
  readonly solved?: number;
  readonly unsat?: number;
  readonly sat?: number;
  /** Most CPU seconds, as a share of the peer's, over the instances that it solved. */
  readonly cpuShare?: number;
}

const targets: Readonly<Record<string, Target>> = {
  test: {},
  rl_benchmarks: {},
  mnist_fc: {},
  mnistfc_2021: { cpuShare: 1 / 2 },
  acasxu: { solved: 11 },
  cifar10_resnet_2021: {},
  oval21_2021: { solved: 3 },
  oval21: { solved: 1 },
  mnist_cnn_a_adv: { solved: 9, unsat: 7, sat: 2, cpuShare: 1 / 3 },
  cifar_cnn_a_adv: { solved: 10, unsat: 5, sat: 5, cpuShare: 1 / 3 },
};

/** A figure with its target. */
export interface Judged {
  readonly name: string;
  readonly reached: string;
  readonly wanted: string;
  readonly met: boolean;
}

/** @param all number of instances of the benchmark: figures over fewer are judged by the share that was asked */
export function judge(
  benchmark: string,
  done: readonly Done[],
  all: number,
  peer: Peer | undefined,
): Judged[] {
  const { solved = all, unsat, sat, cpuShare } = targets[benchmark] ?? {};
  const count = (...results: string[]): number =>
    done.filter(({ answer, wrong }) => !wrong && results.includes(answer.result)).length;
  const atLeast = (name: string, reached: number, wanted: number): Judged => ({
    name,
    reached: `${reached}/${done.length}`,
    wanted: `≥ ${wanted}/${all}`,
    met: reached >= Math.min(wanted, done.length),
  });
  const wrong = done.filter((d) => d.wrong).length;
  const judged: Judged[] = [
    { name: 'wrong verdicts', reached: String(wrong), wanted: '0', met: wrong === 0 },
    atLeast('solved', count('sat', 'unsat'), solved),
  ];
  if (unsat !== undefined) judged.push(atLeast('verified', count('unsat'), unsat));
  if (sat !== undefined) judged.push(atLeast('falsified', count('sat'), sat));
  if (peer === undefined) return judged;
  const both = done.filter((d) => !peer.open.includes(d.index));
  const sum = (of: (d: Done) => number | undefined): number => both.reduce((n, d) => n + (of(d) ?? 0), 0);
  if (cpuShare !== undefined) {
    const [own, theirs] = [sum((d) => d.answer.cpuSeconds), sum((d) => d.peerCpu)];
    judged.push({
      name: `CPU s${peer.open.length > 0 ? ' where the peer answers' : ''}`,
      reached: own.toFixed(1),
      wanted: `≤ ${(theirs * cpuShare).toFixed(1)} (peer ${theirs.toFixed(1)})`,
      met: own <= theirs * cpuShare,
    });
  }
  const peak = Math.max(...done.map(({ answer }) => answer.peakMemoryBytes ?? 0)) / 1e6;
  judged.push({
    name: 'peak MB',
    reached: peak.toFixed(0),
    wanted: `≤ ${peer.peakMegabytes}`,
    met: peak <= peer.peakMegabytes,
  });
  return judged;
}
