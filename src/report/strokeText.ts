/** @file stub */
export function strokeText(svg: string): string {
  return svg;
}
