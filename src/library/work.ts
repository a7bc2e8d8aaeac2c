/** @file Long work as a program follows it: events while it lasts, a result at its end. */

/**
 * Work that has begun. `for await` gives its events from then on, ends when it ends, and throws what it throws; `result` is
 * there whether anybody listens or not. Leaving the loop stops the listening, not the work: that is what a signal is for.
 *
 * ```ts
 * const work = train(network, { train: images }, { settings: { epochs: 2 } });
 * for await (const event of work) console.log(event);
 * const { numbers } = await work.result;
 * ```
 */
export interface Work<Event, Result> extends AsyncIterable<Event> {
  /** Rejects with a UserError, with the reason of the signal, or with an error of the engine. */
  readonly result: Promise<Result>;
}

/** Events that one listener has not fetched yet. */
interface Listener<Event> {
  readonly waiting: Event[];
  wake: () => void;
}

/** @param body begins at once, in a turn of its own, so that listeners of the present turn hear all */
export function beginWork<Event, Result>(
  body: (tell: (event: Event) => void) => Promise<Result>,
): Work<Event, Result> {
  const listeners = new Set<Listener<Event>>();
  const wakeAll = (): void => {
    for (const listener of listeners) listener.wake();
  };
  let over = false;
  const tell = (event: Event): void => {
    for (const { waiting } of listeners) waiting.push(event);
    wakeAll();
  };
  const result = Promise.resolve()
    .then(() => body(tell))
    .finally(() => {
      over = true;
      wakeAll();
    });
  // Who awaits it hears of a failure; nobody has to.
  result.catch(() => undefined);

  async function* events(listener: Listener<Event>): AsyncGenerator<Event, void, undefined> {
    try {
      for (;;) {
        while (listener.waiting.length > 0) yield listener.waiting.shift()!;
        if (over) break;
        await new Promise<void>((resolve) => (listener.wake = resolve));
      }
      await result;
    } finally {
      listeners.delete(listener);
    }
  }
  return {
    result,
    [Symbol.asyncIterator]() {
      const listener: Listener<Event> = { waiting: [], wake: () => undefined };
      if (!over) listeners.add(listener);
      return events(listener);
    },
  };
}
