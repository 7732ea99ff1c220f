import { html } from 'hono/html';

interface LoginPage {
  /** Address of the Temporal UI. */
  readonly ui: string;
  /** Minutes for which somebody has just logged in; undefined for who has not. */
  readonly loggedIn?: number;
  readonly message?: string;
}

/** Where staff log in before the Temporal UI may show payloads, and what they read afterwards. */
export function loginPage({ ui, loggedIn, message = '' }: LoginPage) {
  const form = html`<p>
      They are encrypted. Log in as staff, then reload the page in the <a href="${ui}">Temporal UI</a>.
    </p>
    <p role="status"><strong>${message}</strong></p>
    <form method="post" action="/">
      <label>E-mail <input name="email" type="email" autocomplete="username" required autofocus /></label>
      <label>Password <input name="password" type="password" autocomplete="current-password" required /></label>
      <button>Log in</button>
    </form>`;
  const welcome = html`<p role="status">
      <strong>You are logged in: for ${loggedIn} minutes the <a href="${ui}">Temporal UI</a> shows payloads.</strong>
    </p>
    <p>
      If it does not, choose the spectacles at its top, and there this server (as in your address bar) with “Include
      cross-origin credentials”.
    </p>`;
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
        ${loggedIn === undefined ? form : welcome}
      </body>
    </html>`;
}
