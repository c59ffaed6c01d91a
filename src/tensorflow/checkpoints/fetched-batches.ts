import * as tf from "@tensorflow/tfjs";
import type { Batches } from "../fit-data.js";
import { continueRandom, randomPosition } from "../seed.js";

type Iterator = Awaited<ReturnType<Batches["iterator"]>>;

/** How far a data set was read, and where the random numbers were before it drew some: by the number of batches before. */
export interface FetchedBatches {
  readonly batches: number;
  readonly draws: readonly (readonly [batch: number, position: readonly number[]])[];
}

/** Reads a data set that epochs do not begin anew, and that is to go on where it was: what was read before is read again. */
export class ContinuedBatches {
  private batches = 0;
  private readonly draws: [batch: number, position: readonly number[]][] = [];

  constructor(private readonly before: FetchedBatches | null | undefined) {}

  get fetched(): FetchedBatches {
    return { batches: this.batches, draws: [...this.draws] };
  }

  /** What stands for the data set; it is iterated once. */
  of(batches: Batches): Batches {
    const iterator = async (): Promise<Iterator> => {
      const own = await this.noting(() => batches.iterator());
      const next = async () => {
        const result = await this.noting(() => own.next());
        this.batches++;
        return result;
      };
      for (const end = this.before?.batches ?? 0; this.batches < end;)
        tf.dispose((await next()).value as tf.TensorContainer);
      return Object.create(own, { next: { value: next } }) as Iterator;
    };
    return Object.create(batches, { iterator: { value: iterator } }) as Batches;
  }

  /** Draws what was drawn before at this place. */
  private async noting<Result>(read: () => Promise<Result>): Promise<Result> {
    const { batches } = this;
    const known = this.before?.draws.find(([batch], i) => batch === batches && i === this.draws.length);
    if (known) continueRandom(known[1]);
    const position = randomPosition();
    const result = await read();
    if (position && randomPosition()!.some((part, i) => part !== position[i])) this.draws.push([batches, position]);
    return result;
  }
}
