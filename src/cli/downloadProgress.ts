/** @file Progress of a download: one redrawn line on a terminal, a rare plain line elsewhere. */
import type { DownloadProgress } from '../data/download.ts';
import { formatBytes } from './format.ts';
import { liveRegion, streamTarget } from './liveRegion.ts';

/** A listener for downloads, and the call that ends its line. */
export function downloadProgress(stream: NodeJS.WriteStream) {
  const live = liveRegion(streamTarget(stream));
  return {
    listener({ file, received, total }: DownloadProgress): void {
      if (!live.isDue()) return;
      const share = total ? ` of ${formatBytes(total)} (${((100 * received) / total).toFixed(0)} %)` : '';
      live.draw([`${file}  ${formatBytes(received)}${share}`]);
    },
    finish: live.clear,
  };
}
