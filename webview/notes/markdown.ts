import { nothing, type TemplateResult } from "lit";
import { marked, type Token, type Tokens } from "marked";

import { html } from "../html.js";

/** A longer text is shown as it is: the parser's time grows with the square of some texts' length. */
const MAX_LENGTH = 20_000;
/** Deeper than people write. */
const MAX_DEPTH = 20;

/**
 * Markdown as elements of the page. A note may come from anyone: the parser's tree of tokens becomes templates of ours, HTML in it is shown
 * as text, images by their descriptions unless the page has them, and a link is a button that asks first.
 * @param open asks whether to open a web page.
 * @param headings the level of its headings, all alike: a text may leave some out, and the page must not.
 * @param image an image that the page has; null: it does not.
 */
export function markdown(
  text: string,
  open: (url: string) => void,
  headings: 2 | 4,
  image: (href: string, description: string) => TemplateResult | null = () => null,
): TemplateResult {
  const tokens = parse(text);
  if (tokens === null) return html`<pre class="markdown" tabindex="0">${text}</pre>`;
  return html`<div class="markdown" tabindex="0">${blocks(tokens, { open, headings, image, depth: 0 })}</div>`;
}

function parse(text: string): readonly Token[] | null {
  if (text.length > MAX_LENGTH) return null;
  try {
    return marked.lexer(text, { gfm: true, breaks: true });
  } catch {
    // The parser calls itself for a quotation in a quotation in a quotation.
    return null;
  }
}

interface Place {
  readonly open: (url: string) => void;
  readonly headings: 2 | 4;
  readonly image: (href: string, description: string) => TemplateResult | null;
  readonly depth: number;
}
type Rendered = TemplateResult | string | typeof nothing;

function blocks(tokens: readonly Token[] | undefined, place: Place): Rendered[] {
  if (place.depth > MAX_DEPTH) return (tokens ?? []).map(({ raw }) => raw);
  return (tokens ?? []).map((token) => block(token, { ...place, depth: place.depth + 1 }));
}

function block(token: Token, place: Place): Rendered {
  switch (token.type) {
    case "space":
    case "def":
      return nothing;
    case "heading":
      return heading(token as Tokens.Heading, place);
    case "paragraph":
      return html`<p>${inlines(token.tokens, place)}</p>`;
    case "code":
      return html`<pre tabindex="0"><code>${(token as Tokens.Code).text}</code></pre>`;
    case "blockquote":
      return html`<blockquote>${blocks(token.tokens, place)}</blockquote>`;
    case "hr":
      return html`<hr />`;
    case "list":
      return list(token as Tokens.List, place);
    case "table":
      return table(token as Tokens.Table, place);
    default:
      return inline(token, place);
  }
}

function heading({ depth, tokens }: Tokens.Heading, place: Place): TemplateResult {
  const content = inlines(tokens, place);
  const size = depth === 1 ? "first" : "";
  return place.headings === 2 ? html`<h2 class=${size}>${content}</h2>` : html`<h4 class=${size}>${content}</h4>`;
}

function list({ ordered, start, items }: Tokens.List, place: Place): TemplateResult {
  const entries = items.map(({ tokens }) => html`<li>${blocks(tokens, place)}</li>`);
  return ordered
    ? html`<ol start=${start === "" ? 1 : start}>
        ${entries}
      </ol>`
    : html`<ul>
        ${entries}
      </ul>`;
}

function table({ header, rows }: Tokens.Table, place: Place): TemplateResult {
  return html`<div class="table-scroll" tabindex="0" role="group" aria-label="Table">
    <table>
      <thead>
        <tr>
          ${header.map(({ tokens }) => html`<th scope="col">${inlines(tokens, place)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map(({ tokens }) => html`<td>${inlines(tokens, place)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function inlines(tokens: readonly Token[] | undefined, place: Place): Rendered[] {
  if (place.depth > MAX_DEPTH) return (tokens ?? []).map(({ raw }) => raw);
  return (tokens ?? []).map((token) => inline(token, { ...place, depth: place.depth + 1 }));
}

function inline(token: Token, place: Place): Rendered {
  switch (token.type) {
    case "strong":
      return html`<strong>${inlines(token.tokens, place)}</strong>`;
    case "em":
      return html`<em>${inlines(token.tokens, place)}</em>`;
    case "del":
      return html`<del>${inlines(token.tokens, place)}</del>`;
    case "codespan":
      return html`<code>${(token as Tokens.Codespan).text}</code>`;
    case "br":
      return html`<br />`;
    case "checkbox":
      return html`<input type="checkbox" disabled aria-label="Task" ?checked=${(token as Tokens.Checkbox).checked} /> `;
    case "link":
      return link(token as Tokens.Link, place);
    case "image":
      return image(token as Tokens.Image, place);
    case "text":
      return token.tokens ? html`${inlines(token.tokens, place)}` : decoded((token as Tokens.Text).text);
    case "escape":
      return (token as Tokens.Escape).text;
    default:
      return token.raw;
  }
}

function link({ href, tokens }: Tokens.Link, place: Place): TemplateResult {
  const content = inlines(tokens, place);
  if (!/^https?:\/\//i.test(href)) return html`${content} <span class="faint">(${href})</span>`;
  return html`<button class="link" title=${href} @click=${() => place.open(href)}>${content}</button>`;
}

function image({ href, text }: Tokens.Image, place: Place): TemplateResult {
  const description = decoded(text);
  return place.image(href, description) ?? html`<span class="faint">[image: ${description}]</span>`;
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: "\u00A0" };

/** The parser leaves character references to HTML, which is not used here. */
function decoded(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,4}));/gi, (written, decimal, hex, name: string) => {
    if (name) return Object.hasOwn(entities, name) ? entities[name]! : written;
    const code = decimal ? Number(decimal) : Number.parseInt(hex as string, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : written;
  });
}
