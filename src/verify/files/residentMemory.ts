/** @file Resident memory of processes, by the system's own account. */
import { readFileSync } from 'node:fs';

/** A field of Linux's account of a process, in bytes; 0 elsewhere, and where there is no such process. */
function statusBytes(pid: number | 'self' | undefined, field: 'VmRSS' | 'VmHWM'): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** Resident memory of a process; 0 where the system does not tell it (elsewhere than on Linux). */
export const residentBytes = (pid: number | undefined): number => statusBytes(pid, 'VmRSS');

/** Most bytes this process has had in memory. What getrusage says includes its parent's, before the program began. */
export const peakResidentBytes = (): number =>
  statusBytes('self', 'VmHWM') || process.resourceUsage().maxRSS * 1024;

/** Files that count the processes which the system has ended for want of memory: of this container, of the machine. */
const killCounts: readonly (readonly [path: string, field: RegExp])[] = [
  ['/sys/fs/cgroup/memory.events', /^oom_kill (\d+)/m],
  ['/sys/fs/cgroup/memory/memory.oom_control', /^oom_kill (\d+)/m],
  ['/proc/vmstat', /^oom_kill (\d+)/m],
];

/** How many processes the system has ended for want of memory so far; undefined where it does not tell. */
export function memoryKills(): number | undefined {
  const counts = killCounts.flatMap(([path, field]) => {
    try {
      const found = field.exec(readFileSync(path, 'utf8'));
      return found ? [Number(found[1])] : [];
    } catch {
      return [];
    }
  });
  return counts.length === 0 ? undefined : counts.reduce((a, b) => a + b);
}
