import { html } from 'hono/html';

/** Where staff log in before the Temporal UI may show payloads. */
export function loginPage({ ui, message = '' }: { readonly ui: string; readonly message?: string }) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Payloads in the Temporal UI</title>
        <style>
          body {
            font:
              16px/1.5 system-ui,
              sans-serif;
            max-width: 24rem;
            margin: 4rem auto;
            padding: 0 1rem;
          }
          label {
            display: block;
            margin-top: 1rem;
          }
          input,
          button {
            font: inherit;
            width: 100%;
            padding: 0.5rem;
            box-sizing: border-box;
          }
          button {
            margin-top: 1.5rem;
          }
        </style>
      </head>
      <body>
        <h1>Payloads in the Temporal UI</h1>
        <p>They are encrypted. Log in as staff, then reload the page in the <a href="${ui}">Temporal UI</a>.</p>
        <p role="status"><strong>${message}</strong></p>
        <form method="post" action="/">
          <label>E-mail <input name="email" type="email" autocomplete="username" required /></label>
          <label>Password <input name="password" type="password" autocomplete="current-password" required /></label>
          <button>Log in</button>
        </form>
      </body>
    </html>`;
}
