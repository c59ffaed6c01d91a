import { randomBytes } from "node:crypto";

interface PageSources {
  readonly cspSource: string;
  readonly script: string;
  readonly styles: string;
}

/** The dashboard's page: an empty element, one script that runs because it has the nonce, one style sheet from the extension's folder. */
export function dashboardHtml({ cspSource, script, styles }: PageSources): string {
  const nonce = randomBytes(16).toString("base64url");
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource}`,
    `font-src ${cspSource}`,
    `img-src ${cspSource} data:`,
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tunelens Dashboard</title>
<link rel="stylesheet" href="${styles}">
</head>
<body>
<div id="app"></div>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>
`;
}
