// What is no certificate is told as such; the checker's parts throw failures with a name.
import { check, CheckFailure } from 'certprune';

const { result, failure } = await check(new Uint8Array(100), new Uint8Array());
console.log(result, failure?.kind);

const own = new CheckFailure('leaf-open', 'A bound of a leaf is not above 0.');
console.log(own.kind, own.outcome);
