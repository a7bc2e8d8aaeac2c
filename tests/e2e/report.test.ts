import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeFixtureRun } from '../../src/report/fixture.testing.ts';
import { writeReport } from '../../src/report/writeReport.ts';
import {
  LOW_CONTRAST,
  PAGE_WIDTH,
  STICKING_OUT,
  UNFOLD,
  columnValues,
  computedStyle,
  drawingCheck,
} from './pageChecks.ts';
import type { DrawingCheck } from './pageChecks.ts';

let folder: string;
let browser: Browser;
let runUrl: string;
let comparisonUrl: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-page-'));
  // The packed browser unpacks itself into the temporary folder; two runs must not share one.
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  const { default: packed } = await import('@sparticuz/chromium');
  const executablePath = await packed.executablePath();
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'], headless: true });
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;

  const root = await writeFixtureRun(folder, {
    name: 'a-run-with-a-rather-long-name-l1unstruct-eps0.1',
    channels: true,
  });
  const other = await writeFixtureRun(folder, { name: 'other', seed: 2, states: 4, verified: 3, images: 40 });
  runUrl = pathToFileURL((await writeReport([root])).page).href;
  comparisonUrl = pathToFileURL((await writeReport([root, other])).page).href;
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

interface Opened {
  readonly page: Page;
  /** Console errors, page errors and requests beside the page itself. */
  readonly complaints: string[];
}

async function open(url: string, width: number, colorScheme: 'light' | 'dark' = 'light'): Promise<Opened> {
  const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (request.url() !== url && !request.url().startsWith('data:'))
      complaints.push(`request ${request.url()}`);
  });
  await page.goto(url);
  return { page, complaints };
}

const CHARTS = [
  'accuracy',
  'decided',
  'verification-time',
  'errors',
  'pareto',
  'sparsity',
  'layers',
  'channels',
  'weights',
  'unstable',
  'unstable-ibp',
  'nrs-loss',
  'interval-width',
  'bound-product',
  'sensitivity',
  'nrs-surface',
  'training-loss',
  'training-accuracy',
  'training-verified',
  'training-unstable',
  'training-nrs',
  'training-width',
];

/** Charts that play one frame a state. */
const PLAYED = ['neurons-linear', 'neurons-log'];

describe('the page in a browser', () => {
  it.each([
    ['desk, light', 1280, 'light'],
    ['desk, dark', 1280, 'dark'],
    ['tablet', 768, 'light'],
    ['phone, light', 360, 'light'],
    ['phone, dark', 360, 'dark'],
    ['small phone', 320, 'light'],
  ] as const)('%s: no error, no request, nothing sticks out, text can be read', async (_, width, scheme) => {
    for (const url of [runUrl, comparisonUrl]) {
      const { page, complaints } = await open(url, width, scheme);
      await page.evaluate(UNFOLD);
      expect(await page.evaluate(PAGE_WIDTH)).toBe(width);
      expect(await page.evaluate(STICKING_OUT)).toEqual([]);
      expect(await page.evaluate(LOW_CONTRAST)).toEqual([]);
      expect(complaints).toEqual([]);
      await page.close();
    }
  });

  it('shows every chart once, drawn for the width, with a description', async () => {
    for (const [width, shown] of [
      [1280, 'desk'],
      [360, 'phone'],
    ] as const) {
      const { page } = await open(runUrl, width);
      for (const id of CHARTS) {
        const drawings = page.locator(`figure[data-chart="${id}"] svg:visible`);
        expect(await drawings.count(), id).toBe(1);
        expect(await drawings.getAttribute('class')).toBe(shown);
        expect((await drawings.getAttribute('aria-label'))?.length).toBeGreaterThan(40);
        const box = await drawings.boundingBox();
        expect(box!.height, id).toBeGreaterThan(80);
        // Nothing is drawn outside its frame, and type is not shrunk below 9 pixels.
        const inside = await page.evaluate<DrawingCheck>(
          drawingCheck(`figure[data-chart="${id}"] svg.${shown}`),
        );
        expect(inside.out, id).toBe(0);
        expect(inside.scale * 11, id).toBeGreaterThan(9);
      }
      await page.close();
    }
  });

  it('plays the maps of neurons state by state, and prints them beside each other', async () => {
    const { page } = await open(runUrl, 1280);
    for (const id of PLAYED) {
      const figure = page.locator(`figure[data-chart="${id}"]`);
      expect(await figure.locator('svg:visible').count()).toBe(1);
      await figure.getByRole('slider').fill('3');
      expect(await figure.locator('.frame:visible p').textContent()).toMatch(/^State 3: /);
      await figure.getByRole('slider').fill('4');
      await figure.getByRole('button').click();
      await figure.locator('.frame:visible p', { hasText: 'State 5' }).waitFor();
      const drawn = await page.evaluate<DrawingCheck>(
        drawingCheck(`figure[data-chart="${id}"] .frame.shown svg`),
      );
      expect(drawn.out, id).toBe(0);
      expect(drawn.scale * 11, id).toBeGreaterThan(9);
    }
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('figure.framed svg:visible').count()).toBe(PLAYED.length * 6);
    expect(await page.locator('.player:visible').count()).toBe(0);
    await page.close();
  });

  it('changes the colours of charts in dark mode', async () => {
    const { page } = await open(runUrl, 1280, 'dark');
    const paper = await page.evaluate(computedStyle('figure', 'backgroundColor'));
    expect(paper).toBe('rgb(25, 29, 33)');
    const path = 'figure[data-chart="accuracy"] svg.desk .mark-line path';
    const line = page.locator(path).first();
    expect(await page.evaluate(computedStyle(path, 'stroke'))).not.toBe(await line.getAttribute('stroke'));
    await page.close();
  });

  it('sorts tables by their headers, both ways, numbers as numbers', async () => {
    const { page } = await open(runUrl, 1280);
    await page.locator('details').first().locator('summary').click();
    const table = page.locator('details[open] table').first();
    const column = (): Promise<number[]> => page.evaluate<number[]>(columnValues(6));
    const before = await column();
    const header = table.getByRole('button', { name: 'Time' });
    await header.click();
    expect(await column()).toEqual(before.toSorted((a, b) => a - b));
    expect(await table.locator('th:nth-child(6)').getAttribute('aria-sort')).toBe('ascending');
    await header.press('Enter');
    expect(await column()).toEqual(before.toSorted((a, b) => b - a));
    await page.close();
  });

  it('tells the value of a mark under the pointer', async () => {
    const { page } = await open(runUrl, 1280);
    const mark = page.locator('figure[data-chart="decided"] svg.desk path[aria-label]').first();
    await mark.scrollIntoViewIfNeeded();
    await mark.hover();
    expect(await page.locator('#tip').textContent()).toMatch(/^State 0: dense – IBP: \d+ images of 100$/);
    expect(await page.locator('#tip').isVisible()).toBe(true);
    await page.close();
  });

  it('can be read without scripts', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(runUrl);
    expect(await page.locator('figure:not(.framed) svg:visible').count()).toBe(CHARTS.length);
    expect(await page.locator('figure.framed svg:visible').count()).toBe(PLAYED.length * 6);
    expect(await page.locator('table.states tbody tr').count()).toBe(6);
    await context.close();
  });

  it('prints light on paper, with no table wider than the sheet', async () => {
    const { page } = await open(runUrl, 1280, 'dark');
    await page.emulateMedia({ media: 'print' });
    // A4 less its margins.
    await page.setViewportSize({ width: 688, height: 1000 });
    expect(await page.evaluate(computedStyle('body', 'backgroundColor'))).toBe('rgb(255, 255, 255)');
    expect(await page.evaluate(PAGE_WIDTH)).toBe(688);
    expect(await page.locator('nav:visible').count()).toBe(0);
    const pdf = await page.pdf({ format: 'A4', printBackground: true });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    await page.close();
  });
});
