/** @file The per-epoch measures. Adding one is one file and one line here. */
import { family } from '../../family/family.ts';
import { crown } from './crown.ts';
import { ibp } from './ibp.ts';
import { intervalWidthByLayer } from './intervalWidthByLayer.ts';
import type { EpochMeasure } from './measure.ts';
import { nrsLoss } from './nrsLoss.ts';
import { unstableRatioByLayer } from './unstableRatioByLayer.ts';

export const measures = family<EpochMeasure>({ kind: 'per-epoch measure', plural: 'per-epoch measures' }, [
  ibp,
  crown,
  nrsLoss,
  unstableRatioByLayer,
  intervalWidthByLayer,
]);
