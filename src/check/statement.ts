/** @file What a certificate proves, in the checker's own words. */
import type { Metadata } from './certificate/metadata.ts';
import type { Property } from './property/property.ts';

const norms = { linf: 'every pixel', l1: 'the l1 norm', l2: 'the l2 norm' };

/** A sentence. */
export function statementOf({ model, property }: Metadata, { sets }: Property): string {
  const net = `the network ${model.name ?? ''} (SHA-256 ${model.sha256.slice(0, 12)}…)`.replace('  ', ' ');
  const first = sets[0]?.lower.length ?? 0;
  switch (property.kind) {
    case 'image': {
      const { label, classes, targets, epsilon, norm, range, mean } = property;
      const others = targets ? `${targets.length} of the other classes` : `the other ${classes - 1} classes`;
      const around = `within ${epsilon} of the certificate's image in ${norms[norm]}, and within ${range.join('…')}`;
      const how = mean ? ', normalised as the certificate says' : '';
      return `For all inputs ${around}${how}, the output ${label} of ${net} is above those of ${others}.`;
    }
    case 'vnnlib':
      return `No input of ${net} is a counterexample to the property ${property.name ?? ''} (SHA-256 ${property.sha256.slice(0, 12)}…), of ${sets.length} ${sets.length === 1 ? 'set' : 'sets'} of ${first} inputs.`;
    case 'box':
      return `No input in the certificate's box of ${first} numbers has outputs of ${net} that meet one of its ${property.conjunctions.length} unsafe conditions.`;
  }
}
