// What a real browser makes of pictures, and the real Mermaid of charts.
//
//   node browser.mjs TOOLS JOB
//
// TOOLS is the folder with node_modules, JOB a JSON file: `chromium`, `profile` (an empty folder),
// `pictures` (SVG files to measure), `charts` (Mermaid files to parse) and `drawn` (those of them to
// draw), `shown` (files of both kinds to take screenshots of, into `screens`). Prints one JSON object:
// for each picture and scheme the boxes and colours of its texts as they are drawn, for each chart what
// is wrong with it or the words in it, and what was asked of the network.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [tools, jobFile] = process.argv.slice(2);
const job = JSON.parse(readFileSync(jobFile, 'utf8'));
const require = createRequire(join(tools, 'package.json'));
const { default: puppeteer } = await import(pathToFileURL(require.resolve('puppeteer-core')).href);

const browser = await puppeteer.launch({
  executablePath: job.chromium,
  headless: true,
  userDataDir: job.profile,
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
  ],
});
const asked = [];
const out = { pictures: {}, charts: {}, asked };
try {
  const page = await browser.newPage();
  // Nothing may be fetched but what is given.
  await page.setRequestInterception(true);
  page.on('request', (request) => {
    if (/^(data|about|blob):/.test(request.url())) return request.continue();
    asked.push(request.url());
    return request.abort();
  });
  const picture = (file) => `data:image/svg+xml;base64,${readFileSync(file).toString('base64')}`;
  for (const scheme of ['light', 'dark']) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await page.setContent(`<!doctype html><body style="margin:0"></body>`);
    for (const file of job.pictures) {
      const measured = await page.evaluate((svg) => {
        document.body.innerHTML = svg;
        const root = document.querySelector('svg');
        const box = (element) => {
          const { x, y, width, height } = element.getBBox();
          return [x, y, width, height];
        };
        return {
          view: root.getAttribute('viewBox').split(' ').map(Number),
          texts: [...root.querySelectorAll('text')].map((text) => ({
            text: text.firstChild.data, box: box(text), fill: getComputedStyle(text).fill,
          })),
          rects: [...root.querySelectorAll('rect')].map((rect) => ({
            box: box(rect), fill: getComputedStyle(rect).fill,
          })),
        };
      }, readFileSync(file, 'utf8'));
      (out.pictures[file] ??= {})[scheme] = measured;
    }
    // As GitHub shows them: as images, on its own background.
    for (const file of job.shown.filter((name) => name.endsWith('.svg'))) {
      const paper = scheme === 'light' ? '#ffffff' : '#0d1117';
      await page.setContent(
        `<!doctype html><body style="margin:16px;background:${paper}"><img src="${picture(file)}"></body>`);
      await page.waitForFunction(() => document.images[0].complete);
      const size = await page.evaluate(() => {
        const { naturalWidth: width, naturalHeight: height } = document.images[0];
        return { width: width + 32, height: height + 32 };
      });
      await page.setViewport({ ...size, deviceScaleFactor: 1 });
      const name = basename(file).replace(/\.svg$/, `-${scheme}.png`);
      await page.screenshot({ path: join(job.screens, name) });
    }
  }
  if (job.charts.length > 0) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'light' }]);
    await page.setContent('<!doctype html><body></body>');
    await page.addScriptTag({ path: require.resolve('mermaid/dist/mermaid.min.js') });
    await page.evaluate(() => window.mermaid.initialize({ startOnLoad: false }));
    for (const file of job.charts) {
      out.charts[file] = await page.evaluate(async (text, draws) => {
        try {
          await window.mermaid.parse(text);
          if (!draws) return {};
          const { svg } = await window.mermaid.render('chart', text);
          document.body.innerHTML = svg;
          const labels = [...document.querySelectorAll('foreignObject')];
          return { words: labels.map((label) => label.textContent) };
        } catch (error) {
          return { error: String(error && error.message || error) };
        }
      }, readFileSync(file, 'utf8'), job.drawn.includes(file));
      if (job.shown.includes(file) && out.charts[file].words) {
        const name = basename(file).replace(/\.mmd$/, '-mermaid.png');
        await (await page.$('svg')).screenshot({ path: join(job.screens, name) });
      }
    }
  }
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(out));
