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
