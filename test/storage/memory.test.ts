import { MemoryStorage } from "../../src/storage/memory.js";
import { describeStorage } from "./conformance.js";

describeStorage("memory", (body) => body(new MemoryStorage()));
