import { tmpdir } from "node:os";
import { join } from "node:path";

/** Packing and installing the extension takes long: the first test that needs it does so for all of the run. */
export default function setup(): void {
  process.env.TUNELENS_TEST_EXTENSIONS = join(tmpdir(), "extensions");
}
