/** @file `certprune verify --abcrown FILE.yaml`. */
import { UserError } from '../../formats/userError.ts';
import type { CliContext } from '../context.ts';
import type { VerifyOptions } from './options.ts';

export async function verifyAbcrownForm(_: string, __: VerifyOptions, ___: CliContext): Promise<void> {
  throw new UserError('not yet');
}
