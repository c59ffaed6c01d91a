import { DuplicateStudyError, InvalidDefinitionError } from "../errors.js";
import { checkOptions, type NamesOf } from "../option-names.js";
import type { NoSpace, Space } from "../space.js";
import type { Direction, StudyTemplate } from "../storage.js";
import { checkComponents } from "./check-components.js";
import { readDirections } from "./directions.js";
import { withLearned } from "./learned-trials.js";
import { findStudyId } from "./load-study.js";
import { Study } from "./study.js";
import { settingNames, type StudySettings } from "./study-settings.js";

export interface CreateStudyOptions<
  S extends Space = NoSpace,
  D extends readonly Direction[] = readonly Direction[],
> extends StudySettings<S> {
  /** 1 to 512 characters. Default: `no-name-` and a UUID. */
  readonly name?: string;
  /** For one objective value. Default `minimize`. Cannot be combined with `directions`. */
  readonly direction?: Direction | undefined;
  /** One per objective value. */
  readonly directions?: D | undefined;
  /** Whether to continue an existing study of this name (true) or to throw (false, the default). */
  readonly loadIfExists?: boolean;
  /**
   * Names of earlier studies in the same storage, whose finished trials a new study starts with as far as they fit its space: all their
   * values are in the ranges and choices; a parameter that they don't have takes its `default`, and doesn't fit without one; one that the
   * space doesn't have is left out. They don't count toward `totalTrials`. Default: none.
   */
  readonly learnFrom?: readonly string[];
}

const optionNames: NamesOf<CreateStudyOptions<Space> & { template?: StudyTemplate }> = {
  ...settingNames,
  template: true,
  name: true,
  direction: true,
  directions: true,
  loadIfExists: true,
  learnFrom: true,
};

/**
 * Creates a study, or loads the existing one of this name if `loadIfExists` is set.
 * @throws DuplicateStudyError if the name is taken and `loadIfExists` is not set.
 * @throws InvalidDefinitionError for an invalid name or directions, or if the existing study, or one to learn from, has other directions.
 * @throws NotFoundError if there is no study of a name in `learnFrom`.
 * @throws InvalidArgumentError for an unknown or invalid option.
 */
export function createStudy<S extends Space = NoSpace, const D extends readonly Direction[] = readonly [Direction]>(
  options: CreateStudyOptions<S, D>,
): Study<S, D> {
  return createOrLoadStudy(options).study;
}

/** As `createStudy`; also returns whether the study existed. @param options `template`: what a new one starts with. */
export function createOrLoadStudy<S extends Space>(
  options: CreateStudyOptions<S> & { readonly template?: StudyTemplate },
): { readonly study: Study<S>; readonly created: boolean } {
  const { storage, name = `no-name-${crypto.randomUUID()}` } = options;
  checkOptions("createStudy", options, optionNames);
  checkComponents("createStudy", options);
  if (name === "" || name.length > 512)
    throw new InvalidDefinitionError("A study's name must have 1 to 512 characters.");
  const directions = readDirections(name, options);
  const directionGiven = options.directionGiven ?? (options.direction ?? options.directions) !== undefined;
  try {
    const id = storage.createStudy(name, directions, templateFor(name, directions, options));
    return { study: new Study(storage.getStudy(id), { ...options, directionGiven }), created: true };
  } catch (error) {
    if (!(error instanceof DuplicateStudyError) || !options.loadIfExists) throw error;
  }
  const study = new Study(storage.getStudy(findStudyId(storage, name)), { ...options, directionGiven });
  if (study.directions.join() !== directions.join())
    throw new InvalidDefinitionError(
      `Study "${name}" in ${storage.url} has the directions ${study.directions.join(", ")}, not ${directions.join(", ")}. ` +
        "Rename the study, or delete the old one.",
    );
  return { study, created: false };
}

function templateFor<S extends Space>(
  name: string,
  directions: readonly Direction[],
  { storage, space, learnFrom = [], template }: CreateStudyOptions<S> & { readonly template?: StudyTemplate },
): StudyTemplate | undefined {
  if (learnFrom.length === 0 || storage.findStudy(name) !== undefined) return template;
  const empty = { userAttrs: {}, systemAttrs: {}, trials: [] };
  return withLearned(template ?? empty, learnFrom, { name, storage, space: space ?? {}, directions });
}
