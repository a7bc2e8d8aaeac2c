/** @file What a chart is: one file with its name, what it needs of a run, and how it is drawn. */
import type { Member } from '../../family/family.ts';
import type { RunData } from '../runData.ts';

/** A vega-lite specification or a part of one. */
export type Spec = Readonly<Record<string, unknown>>;

/** One row of a chart's data, which is also a row of its CSV. */
export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** One picture of a sequence. */
export interface Frame {
  readonly label: string;
  readonly alt: string;
  /** The drawing, at a total width in CSS pixels. */
  readonly spec: (width: number) => Spec;
}

/** What a chart says of given runs. */
export interface Drawing {
  /** Where the runs decide it; else the chart's own. */
  readonly title?: string;
  /** How to read it, where the runs decide it; else the chart's own sentence. */
  readonly caption?: string;
  /** What a reader who cannot see it should know. */
  readonly alt: string;
  /** Whether it needs the whole width of the page. */
  readonly wide?: boolean;
  readonly rows: readonly Row[];
  /** Pictures that the page plays one after the other and prints beside each other; `spec` then is for files alone. */
  readonly frames?: readonly Frame[];
  /** The drawing, at a total width in CSS pixels. Narrow means a phone. */
  readonly spec: (width: number) => Spec;
}

/** A chart that reports may hold. Its name is also that of its files, its sentence its caption: how to read it. */
export interface ChartKind extends Member {
  /** Part of the page of one run that it belongs to; absent where it compares runs only. */
  readonly section?: string;
  /** Whether it stands at the head of a comparison of runs. */
  readonly compares?: boolean;
  /** Nothing where the runs lack the data. */
  draw(runs: readonly RunData[]): Drawing | undefined;
}

/** A chart of given runs. */
export type Chart = Drawing &
  Required<Pick<Drawing, 'title' | 'caption'>> &
  Pick<ChartKind, 'name' | 'section'>;

/** What a chart draws of runs; nothing where they lack the data. */
export function chartOf(kind: ChartKind, runs: readonly RunData[]): Chart | undefined {
  const { name, title, sentence: caption, section } = kind;
  const drawing = kind.draw(runs);
  return drawing && { name, title, caption, ...(section !== undefined && { section }), ...drawing };
}

/** A chart of one run that draws `needs`, at least so many of them. */
export function runChart<S>({
  least = 1,
  ...kind
}: Member & {
  readonly section: string;
  /** Default 1. */
  readonly least?: number;
  needs(run: RunData): readonly S[];
  draw(found: readonly S[], run: RunData): Drawing | undefined;
}): ChartKind {
  return {
    ...kind,
    draw([run]) {
      const found = kind.needs(run);
      return found.length < least ? undefined : kind.draw(found, run);
    },
  };
}
