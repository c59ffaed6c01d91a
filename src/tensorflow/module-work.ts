import { AsyncLocalStorage } from "node:async_hooks";

const modules = new AsyncLocalStorage<true>();

/** Runs work of the user's modules: what it makes, also later in what it has begun, lives as long as they do. */
export function asModule<T>(work: () => T): T {
  return modules.run(true, work);
}

/** Whether what runs now was begun by the user's modules, not by a trial. */
export function isModuleWork(): boolean {
  return modules.getStore() === true;
}
