import { dirname, join } from "node:path/posix";
import type { ScriptOption } from "./script-option.js";

/** The text of a file beside a script; undefined: there is none. @param path relative to the script, with `/`. */
export type ReadBeside = (path: string) => string | undefined;

/** Where Hydra finds a script's configuration. */
interface Place {
  readonly folder: string;
  /** Without its ending. */
  readonly name: string;
  /** Offset in the script. */
  readonly start: number;
}

const MAIN = /@hydra\.main\s{0,9}\(([^)]{0,2000})\)/;
const MOST_FILES = 50;
/** Longer ones have no number to tune. */
const LONGEST_LINE = 500;

/**
 * The options of a script with `@hydra.main(config_path="conf", config_name="config")`: the numbers and booleans of its YAML files, and of those
 * that their `defaults` name. They are overridden by `optimizer.lr=0.1`.
 */
export function hydraOptions(text: string, read: ReadBeside): ScriptOption[] {
  const place = placeIn(text);
  return place ? new Configuration(place, read).options() : [];
}

function placeIn(text: string): Place | undefined {
  const main = MAIN.exec(text);
  if (!main) return undefined;
  const argument = (name: string) => new RegExp(String.raw`\b${name}\s*=\s*["']([^"'\n]*)["']`).exec(main[1]!)?.[1];
  const path = (argument("config_path") ?? "").replaceAll("\\", "/");
  const start = main.index;
  if (/\.ya?ml$/.test(path)) return { folder: dirname(path), name: path.replace(/^.*\/|\.ya?ml$/g, ""), start };
  const name = argument("config_name")?.replace(/\.ya?ml$/, "");
  return name === undefined ? undefined : { folder: path, name, start };
}

class Configuration {
  private files = 0;
  private readonly values = new Map<string, string>();

  constructor(
    private readonly place: Place,
    private readonly readBeside: ReadBeside,
  ) {}

  options(): ScriptOption[] {
    this.read(this.place.name, "");
    return [...this.values].flatMap(([path, written]) => this.option(path, written) ?? []);
  }

  /** @param group what stands before the names of the file's values. */
  private read(file: string, group: string): void {
    const path = join(this.place.folder, file);
    const text =
      this.files++ < MOST_FILES ? (this.readBeside(`${path}.yaml`) ?? this.readBeside(`${path}.yml`)) : undefined;
    if (text === undefined) return;
    const isGlobal = /^#\s*@package\s+_global_/m.test(text);
    const { values, defaults } = readYaml(text);
    for (const name of defaults)
      this.read(
        join(dirname(file), name),
        isGlobal ? "" : group + dirname(name).replace(/^\.$/, "").replaceAll("/", "."),
      );
    const prefix = isGlobal || group === "" ? "" : `${group}.`;
    for (const [name, written] of values) this.values.set(prefix + name, written);
  }

  private option(flag: string, written: string): ScriptOption | undefined {
    const common = { flag, joint: "=", offFlag: null, choices: null, start: this.place.start } as const;
    if (/^(?:true|false)$/i.test(written)) return { ...common, type: "switch", default: /^t/i.test(written) };
    if (!/^[-+]?(?:\d[\d_]*)?\.?\d*(?:e[-+]?\d+)?$/i.test(written) || !/\d/.test(written)) return undefined;
    const value = Number(written.replaceAll("_", ""));
    if (!Number.isFinite(value)) return undefined;
    return { ...common, type: /[.e]/i.test(written) ? "float" : "int", default: value };
  }
}

/** What a YAML file has of mappings of plain values, by their dotted paths, and the files that its `defaults` name. */
function readYaml(text: string): { values: Map<string, string>; defaults: string[] } {
  const values = new Map<string, string>();
  const defaults: string[] = [];
  let open: { indent: number; path: string }[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line.length > LONGEST_LINE) continue;
    const [, spaces = "", rest = ""] = /^(\s*)(.*?)(?:\s+#.*|^#.*)?$/.exec(line) ?? [];
    const indent = spaces.length;
    if (rest === "" || rest.startsWith("#")) continue;
    if (rest.startsWith("-")) {
      if (open.at(-1)?.path === "defaults" || open[0]?.path === "defaults") defaults.push(...defaultIn(rest));
      continue;
    }
    open = open.filter((outer) => outer.indent < indent);
    const [, name, value] = /^["']?([\w@/-]+)["']?\s*:(?:\s+(.*))?$/.exec(rest) ?? [];
    // What begins with "_" is for Hydra itself.
    if (name === undefined || (name.startsWith("_") && value !== undefined)) continue;
    const path = [...open.map((outer) => outer.path.split(".").at(-1)!), name].join(".");
    if (value === undefined || value === "") open.push({ indent, path });
    else values.set(path, value);
  }
  return { values, defaults };
}

/** `optimizer/adam` of `- optimizer: adam`, and `base` of `- base` */
function defaultIn(item: string): string[] {
  const [, group, name] =
    /^-\s+(?:(?!override\b)(?:optional\s+)?\/?([\w/-]+)\s*:\s*)?["']?([\w./-]+)["']?$/.exec(item) ?? [];
  if (name === undefined || name === "_self_" || name === "null" || /\.\./.test(name)) return [];
  const file = name.replace(/\.ya?ml$/, "");
  return [group === undefined ? file : `${group}/${file}`];
}
