/** What the dashboard's page needs from the webview that holds it. */
export interface DashboardPageParts {
  /** The webview's `cspSource`. */
  readonly cspSource: string;
  /** New for each page: letters and digits. */
  readonly nonce: string;
  /** Webview URIs of `dist/webview/dashboard.js` and `dashboard.css`. */
  readonly script: string;
  readonly style: string;
}

/**
 * The dashboard's HTML. The policy allows this one script, what it imports, and this one style sheet: no inline handler, no eval, no
 * network, no inline style but the toolkit's own, which reads the nonce for it from `csp-nonce`. Images are artifacts, whose bytes come in a message (`data:`).
 */
export function dashboardPage({ cspSource, nonce, script, style }: DashboardPageParts): string {
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${cspSource} 'nonce-${nonce}'; img-src data:;`;
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${escape(policy)}" />
    <meta property="csp-nonce" content="${escape(nonce)}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <link rel="stylesheet" href="${escape(style)}" />
    <title>Tunelens</title>
  </head>
  <body>
    <tunelens-dashboard></tunelens-dashboard>
    <script type="module" nonce="${escape(nonce)}" src="${escape(script)}"></script>
  </body>
</html>
`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}
