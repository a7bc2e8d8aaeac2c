/** @file Progress of a download: one redrawn line on a terminal, a rare plain line elsewhere. */
import type { DownloadProgress } from '../data/download.ts';
import { formatBytes } from './format.ts';
import { streamTarget } from './progress.ts';
import { fitWidth } from './table.ts';

/** A listener for downloads, and the call that ends its line. */
export function downloadProgress(stream: NodeJS.WriteStream): {
  listener: (progress: DownloadProgress) => void;
  finish: () => void;
} {
  let last = Number.NEGATIVE_INFINITY;
  let open = false;
  const target = streamTarget(stream);
  const finish = (): void => {
    if (open) target.erase(1);
    open = false;
  };
  target.own?.(finish);
  return {
    listener({ file, received, total }) {
      const now = performance.now();
      if (now - last < (target.isTTY ? 100 : 5000)) return;
      last = now;
      const share = total ? ` of ${formatBytes(total)} (${((100 * received) / total).toFixed(0)} %)` : '';
      const text = `${file}  ${formatBytes(received)}${share}`;
      finish();
      open = target.isTTY;
      target.write(open ? fitWidth(text, target.columns() - 1) : `${text}\n`);
    },
    finish,
  };
}
