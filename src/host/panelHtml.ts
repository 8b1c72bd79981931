import { randomBytes } from 'node:crypto'
import * as vscode from 'vscode'

/** The page of the panel: one script and one style sheet of ours, nothing from elsewhere. */
export function panelHtml(webview: vscode.Webview, extension: vscode.Uri): string {
  const nonce = randomBytes(16).toString('base64url')
  const uri = (file: string): string => webview.asWebviewUri(vscode.Uri.joinPath(extension, 'dist', file)).toString()
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${panelPolicy(webview.cspSource, nonce)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${uri('ui.css')}">
<title>Stretto</title>
</head>
<body>
<div id="root"></div>
<script type="module" nonce="${nonce}" src="${uri('ui.js')}"></script>
</body>
</html>`
}

/** The panel shows files of the workspace, uses no font of its own and speaks to nobody but its host. */
function panelPolicy(source: string, nonce: string): string {
  return [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${source}`,
    `img-src ${source}`,
    `media-src ${source}`,
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ')
}
