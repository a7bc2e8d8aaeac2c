// Many questions about one network: it is prepared once.
import { createRng, createVerifier, initialize, prepareNetwork, robustness, sequential } from 'certprune';

const network = sequential('little', [4]).linear(8).relu().linear(2).build();
const prepared = prepareNetwork({ network, numbers: initialize(network, createRng(1)) });
const verifier = await createVerifier(prepared, { threads: 1 });
for (const epsilon of [0.001, 0.01, 0.1]) {
  const { verdict, domains } = await verifier.verify(robustness([0.2, 0.8, 0.4, 0.6], 0, 2, epsilon), {
    timeoutSeconds: 10,
  });
  console.log(epsilon, verdict.kind, domains);
}
