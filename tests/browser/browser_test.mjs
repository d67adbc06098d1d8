// What a visitor and a teacher see of the full cluster, in a real browser: a session that outlives the worker that began
// it, state that all workers share, and a dashboard that tells of a death and of the replacement.
//   node browser_test.mjs PROGRAM CHROMIUM DIRECTORY_FOR_PICTURES
import assert from 'node:assert/strict';
import { startBrowser, startCluster } from './stage.mjs';

const [program, executable, pictures] = process.argv.slice(2);
const textOf = async (page, selector) => (await page.locator(selector).textContent()).trim();
const numberOf = async (page, selector) => Number((await textOf(page, selector)).replaceAll(',', ''));

async function step(name, work) {
    console.log(`- ${name}`);
    await work();
}

async function askTwentyTimes(page) {
    const before = await numberOf(page, '#visits');
    await page.click('#ask-many');
    await page.waitForFunction((past) => Number(document.getElementById('visits').textContent) >= past + 20, before);
    await page.waitForSelector('#ask-many:enabled');
}

// The browser may keep asking over the connections that it has, so it may take more than one round.
async function seeSessionChangeWorkers(page) {
    for (let round = 0; round < 10; ++round) {
        await askTwentyTimes(page);
        if (await page.locator('#seen .bullet').count() >= 2) return;
    }
    assert.fail('one worker gave all 200 answers');
}

async function seeTileReplaced(page, slot, act) {
    const tile = `.tile[data-slot="${slot}"]`;
    const past = { id: await textOf(page, `${tile} [data-field=id]`), pid: await textOf(page, `${tile} [data-field=pid]`) };
    await page.click(`${tile} [data-act=${act}]`);
    await page.waitForSelector(`${tile} .farewell.is-death:visible`);
    await page.waitForFunction(({ tile, past }) => {
        const field = (name) => document.querySelector(`${tile} [data-field=${name}]`).textContent;
        return field('id') !== past.id && field('pid') !== past.pid && field('state') === 'listening';
    }, { tile, past });
    assert.equal(await textOf(page, `${tile} .past`), past.id);
    assert.ok(await textOf(page, `${tile} [data-field=death]`), 'the reason of the death is told');
}

async function everything(cluster, browser) {
    const teacher = await browser.visit(cluster.dashboard);
    await teacher.waitForFunction(() => document.querySelectorAll('.tile[data-state=listening]').length === 3);
    const address = await teacher.locator('#cluster a').getAttribute('href');
    const ada = await browser.visit(address);
    const grace = await browser.visit(address, { colorScheme: 'dark' });

    await step('a session survives that another worker answers', async () => {
        await ada.waitForSelector('#stops li');
        await ada.fill('#name', 'ada');
        await ada.press('#name', 'Enter');
        await ada.waitForSelector('#session:visible');
        assert.equal(await textOf(ada, '#user'), 'ada');
        await seeSessionChangeWorkers(ada);
        await browser.picture(ada, 'app');
    });

    await step('what one visitor changes, another sees', async () => {
        await ada.fill('#text', 'is <b>anybody</b> there?');
        await ada.press('#text', 'Enter');
        await ada.fill('#value', 'green & blue');
        await ada.press('#value', 'Enter');
        const counted = await numberOf(ada, '#counter');
        await ada.click('#count');
        await grace.getByText('is <b>anybody</b> there?').waitFor();
        await grace.locator('#setting', { hasText: 'green & blue' }).waitFor();
        await grace.waitForFunction((past) => Number(document.getElementById('counter').textContent) > past, counted);
        await browser.picture(grace, 'app-dark');
    });

    await step('a load is seen while it runs', async () => {
        await teacher.fill('#load-requests', '3000');
        await teacher.click('text=Send requests');
        await teacher.waitForFunction(() => Number(document.getElementById('total-rate').textContent.replaceAll(',', '')) > 50);
        await browser.picture(teacher, 'dashboard-load');
        await teacher.waitForFunction(() => Number(document.getElementById('total-requests').textContent.replaceAll(',', '')) >= 3000);
    });

    await step('a worker that is stopped is shown, and continues', async () => {
        await teacher.click('.tile[data-slot="2"] >> text=Stop');
        await teacher.waitForSelector('.tile[data-slot="2"][data-state=stopped]');
        await teacher.click('.tile[data-slot="2"] >> text=Continue');
        await teacher.waitForSelector('.tile[data-slot="2"][data-state=listening]');
    });

    await step('a worker that crashes is replaced, and the session is still there', async () => {
        await seeTileReplaced(teacher, 0, 'crash');
        await browser.picture(teacher, 'dashboard-crash');
        await teacher.click('#theme');
        await browser.picture(teacher, 'dashboard-crash-dark');
        await askTwentyTimes(ada);
        assert.equal(await textOf(ada, '#user'), 'ada');
        await ada.reload();
        await ada.waitForFunction(() => Number(document.getElementById('visits').textContent) > 40);
    });

    await step('no page has complained', async () => assert.deepEqual(browser.complaints, []));

    await step('SIGTERM ends it with 0 while pages are open, and the dashboard tells that it is alone', async () => {
        assert.equal(await cluster.stop('SIGTERM'), 0);
        await teacher.waitForSelector('#lost:visible');
        await browser.picture(teacher, 'dashboard-lost');
    });
}

const cluster = await startCluster(program);
let browser;
// Each wait has its own limit; all of them together must end before ctest would leave the cluster behind.
setTimeout(() => cluster.stop('SIGKILL').then(() => process.exit(1)), 100000).unref();
try {
    browser = await startBrowser(executable, pictures);
    await everything(cluster, browser);
} finally {
    await browser?.close();
    await cluster.clean();
}
