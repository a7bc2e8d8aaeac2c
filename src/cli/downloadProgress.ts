/** @file Progress of a download: one redrawn line on a terminal, a rare plain line elsewhere. */
import type { DownloadProgress } from '../data/download.ts';
import { formatBytes } from './format.ts';
import { ownLiveLines } from './liveRegion.ts';
import { fitWidth } from './table.ts';

/** A listener for downloads, and the call that ends its line. */
export function downloadProgress(stream: NodeJS.WriteStream): {
  listener: (progress: DownloadProgress) => void;
  finish: () => void;
} {
  let last = Number.NEGATIVE_INFINITY;
  let open = false;
  const finish = (): void => {
    if (open) stream.write('\r\u001B[2K');
    open = false;
  };
  ownLiveLines(stream, finish);
  return {
    listener({ file, received, total }) {
      const now = performance.now();
      if (now - last < (stream.isTTY ? 100 : 5000)) return;
      last = now;
      const share = total ? ` of ${formatBytes(total)} (${((100 * received) / total).toFixed(0)} %)` : '';
      const text = `${file}  ${formatBytes(received)}${share}`;
      open = stream.isTTY;
      stream.write(stream.isTTY ? `\r\u001B[2K${fitWidth(text, (stream.columns || 80) - 1)}` : `${text}\n`);
    },
    finish,
  };
}
