import { PluginError } from '../../core/errors.ts';

export function isHtmlType(contentType: string | undefined): boolean {
  return contentType === 'text/html' || contentType === 'application/xhtml+xml';
}

/** A page that calls itself something else: no module begins like this. */
export function looksLikeHtml(bytes: Uint8Array): boolean {
  const start = new TextDecoder('latin1')
    .decode(bytes.subarray(0, 512))
    .replace(/^(?:\u00ef\u00bb\u00bf|\s|<!--[\s\S]*?-->)+/, '');
  return /^<(?:!doctype\s+html|html[\s>]|head[\s>])/i.test(start);
}

export function htmlError(url: URL): PluginError {
  return new PluginError(
    'ERR_SOURCE_FETCH',
    `Cannot fetch "${url.href}": the server answered with a web page (HTML), not with a module`,
    {
      details: { answer: 'html' },
      hint: hint(url),
    },
  );
}

function hint(url: URL): string {
  const blob = /^\/([^/]+)\/([^/]+)\/(?:blob|raw)\/([^/]+)\/(.+)$/.exec(url.pathname);
  if (url.hostname === 'github.com' && blob) {
    return `write https://raw.githubusercontent.com/${blob[1]}/${blob[2]}/${blob[3]}/${blob[4]}`;
  }
  const repository = /^\/([^/]+)\/([^/]+)\/?$/.exec(url.pathname);
  if (url.hostname === 'github.com' && repository)
    return `for the repository write github:${repository[1]}/${repository[2]}`;
  return 'name the file itself; a page in its place is often a login page, an error page or a file viewer';
}
