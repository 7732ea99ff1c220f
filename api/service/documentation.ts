import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { router } from '../route.ts';

/** Everything comes from this process: scripts, styles and the document. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Rent-to-own marketplace: HTTP reference</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
    <link rel="icon" href="data:," />
  </head>
  <body>
    <div id="reference"></div>
    <noscript>The same as JSON: <a href="/openapi.json">/openapi.json</a></noscript>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

const start = `window.ui = SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  docExpansion: 'none',
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
`;

const files = [
  {
    name: 'swagger-ui.css',
    type: 'text/css; charset=utf-8',
    url: import.meta.resolve('swagger-ui-dist/swagger-ui.css'),
  },
  {
    name: 'swagger-ui-bundle.js',
    type: 'text/javascript; charset=utf-8',
    url: import.meta.resolve('swagger-ui-dist/swagger-ui-bundle.js'),
  },
];

/** The reference page for people, over /openapi.json. */
export function documentationRoutes() {
  const app = router();
  app.get('/docs', (c) => c.html(page, 200, { 'content-security-policy': POLICY }));
  app.get('/docs/start.js', (c) => c.body(start, 200, { 'content-type': 'text/javascript; charset=utf-8' }));
  for (const { name, type, url } of files) {
    let content: Promise<Buffer> | undefined;
    app.get(`/docs/${name}`, async (c) => {
      content ??= readFile(fileURLToPath(url));
      return c.body(new Uint8Array(await content), 200, {
        'content-type': type,
        'cache-control': 'public, max-age=86400',
      });
    });
  }
  return app;
}
