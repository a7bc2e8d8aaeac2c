/** @file HTML as values: a template that escapes what is put into it. */
import { visibleLines } from '../../formats/visible.ts';

/** A piece of markup, safe to be put into another. */
export interface Html {
  readonly html: string;
}

type Part = Html | string | number | undefined | false | readonly Part[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text with the characters that HTML gives a meaning replaced by entities, and control characters by escapes; fit for attributes too. */
export function escapeHtml(text: string): string {
  return visibleLines(text).replace(/[&<>"']/g, (character) => ENTITIES[character]);
}

/** Marks text as markup. Only for markup made by this program. */
export function markup(text: string): Html {
  return { html: text };
}

function written(part: Part): string {
  if (part === undefined || part === false) return '';
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  if ('html' in part) return part.html;
  return part.map(written).join('');
}

/** Template tag: strings and numbers are escaped, markup and lists of markup go in as they are. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let text = strings[0];
  for (const [at, part] of parts.entries()) text += written(part) + strings[at + 1];
  return { html: text };
}
