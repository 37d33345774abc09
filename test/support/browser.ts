/** A headless browser for the tests of pages. */
import chromium from '@sparticuz/chromium';
import { type Browser, chromium as driver, type Page } from 'playwright-core';

export async function launchBrowser(): Promise<Browser> {
  return driver.launch({
    executablePath: await chromium.executablePath(),
    // Containers rarely let it make a sandbox of its own, and it sees our own pages only. The flags that come with the
    // package are left out: they switch off what pages rely on, such as the same-origin policy.
    args: ['--no-sandbox'],
  });
}

export interface Watched {
  readonly page: Page;
  /** Addresses that the page asked for, itself included. */
  readonly requested: string[];
  /** Errors of its scripts, and what its content policy refused. */
  readonly complaints: string[];
}

/** A tab whose requests and complaints are kept. */
export async function watchedPage(browser: Browser, options: Parameters<Browser['newPage']>[0] = {}): Promise<Watched> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, ...options });
  const watched: Watched = { page, requested: [], complaints: [] };
  page.on('request', (request) => watched.requested.push(request.url()));
  page.on('pageerror', (error) => watched.complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') watched.complaints.push(message.text());
  });
  return watched;
}
