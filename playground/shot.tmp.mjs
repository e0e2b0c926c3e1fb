import { chromium } from 'playwright-core';
const b = await chromium.launch({executablePath:'/usr/bin/chromium',args:['--headless','--no-sandbox','--disable-gpu']});
const [who='distributor-1',only] = process.argv.slice(2);
for (const [name,opt] of Object.entries({light:{colorScheme:'light'},dark:{colorScheme:'dark'},phone:{colorScheme:'light',viewport:{width:390,height:844}}})) {
  if (only && only!==name) continue;
  const c = await b.newContext({viewport:{width:1440,height:900},...opt}); const p = await c.newPage();
  p.on('console',m=>m.type()==='error'&&console.log('CONSOLE',m.text())); p.on('pageerror',e=>console.log('ERR',e.stack));
  await p.goto('http://127.0.0.1:18080/#/live');
  await p.getByLabel('Demonstration account').selectOption(who); await p.locator('.switcher').getByRole('button').click();
  await p.locator('.budget-row').first().waitFor(); await p.waitForTimeout(11500);
  await p.screenshot({path:`/tmp/shots/live-${name}.png`});
  await p.locator('.budget-row').first().click(); await p.waitForTimeout(1200);
  await p.screenshot({path:`/tmp/shots/panel-${name}.png`});
  await c.close();
}
await b.close();
