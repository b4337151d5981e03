import { describe, expect, test } from 'vitest';
import { asFactory, type Factory } from '../../../src/identity/code/instances/stage-factory.ts';
import { importText } from './import-text.ts';

const packageOf = (source: string): string | undefined => (['zod', 'restage'].includes(source) ? source : undefined);
const factory = (text: string): Factory =>
  asFactory({ text, map: JSON.stringify({ version: 3, sources: [], names: [], mappings: '' }) }, packageOf);

/** The factory of this text, as Node imports it. */
async function made(text: string): Promise<() => unknown> {
  return (await importText(factory(text).text))['default'] as () => unknown;
}

describe('a factory', () => {
  test('makes instances that share no variable', async () => {
    const text = 'let n=0;const memo=new Map;var s=()=>[++n,memo.set(n,1).size];export{s as default};';
    const make = (await made(text)) as () => () => unknown;
    expect([make()(), make()()]).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  test('keeps functions, classes and variables in the order that they had, and imports wherever they stand', async () => {
    const text = `export{s as default};var a=b();function b(){return sep}class C{static n=a+sep}import{sep,join as j}from"node:path";
import*as os from"node:os";import fs from"node:fs";import"node:util";var s={a,c:C.n,j:j("x","y"),eol:os.EOL,f:typeof fs.statSync,t:typeof this};`;
    expect((await made(text))()).toEqual({ a: '/', c: '//', j: 'x/y', eol: '\n', f: 'function', t: 'undefined' });
  });

  test('waits for what the module waits for', async () => {
    const waiting = (await made('let n=await 1;for await(const m of[1,2])n+=m;var s={n};export{s as default};'))();
    expect(waiting).toBeInstanceOf(Promise);
    expect(await waiting).toEqual({ n: 4 });
    const make = await made('var s={f:async()=>await 1,n:4};export{s as default};');
    expect(make()).toMatchObject({ n: 4 });
  });

  test.each([
    ['two exports', 'var a=1;export{a as default,a as b};'],
    ['an export of another name', 'var a=1;export{a as b};'],
    ['an export of a module', 'export*from"node:fs";'],
    ['an export from a module', 'export{default}from"node:fs";'],
  ])('of a text with %s is an internal error', (_, text) => {
    expect(() => factory(text)).toThrow(/^internal error: a bundle has /);
  });

  test('shares schemas of zod that are the same each time, and no others', () => {
    const text = `import { z } from 'zod';
const Fixed = z.strictObject({ x: z.number().min(-1).default(0.1), kind: z.enum(['a', 'b']), name: z.string().regex(/^a/) });
const Own = z.strictObject({ x: z.number().transform((x) => x + 1) });
const Kept = z.strictObject({ x: z.array(z.number()).default([]) });
const Named = Fixed.extend({ more: z.boolean() });
const s = { Fixed, Own, Kept, Named };
export { s as default };`;
    const [head, ...rest] = factory(text).text.split('\n');
    expect(head).toBe(
      "import { z } from 'zod';const $restage0=z.strictObject({ x: z.number().min(-1).default(0.1), kind: z.enum(['a', 'b']), name: z.string().regex(/^a/) });const $restage1=z.number();const $restage2=z.array(z.number());const $restage3=z.boolean();export default (() => {",
    );
    expect(rest.slice(1, 5).map((line) => line.replace(/ +/g, ' '))).toEqual([
      'const Fixed = $restage0 ;',
      'const Own = z.strictObject({ x: $restage1 .transform((x) => x + 1) });',
      'const Kept = z.strictObject({ x: $restage2 .default([]) });',
      'const Named = Fixed.extend({ more: $restage3 });',
    ]);
  });
});

describe('code is known to change nothing that is shared', () => {
  const harmless = (body: string): boolean => factory(`${body}\nvar s={};export{s as default};`).harmless;

  test.each([
    ['arithmetic', 'const m=[[1]];for(let i=0;i<3;i++)m[i][0]=Math.max(...m[0],Number.EPSILON)|0;'],
    ['classes', 'class A extends Error{x=1;constructor(){super("a");this.y=[].map(Number)}}class B extends Map{}'],
    [
      'schemas and stages',
      'import{z}from"zod";import{stage,json}from"restage";const S=z.object({a:z.string()});stage({a:json(S)});',
    ],
    [
      'files',
      'import{readFileSync as r}from"node:fs";import path from"node:path";const f=()=>JSON.parse(r(path.join("a","b"),"utf8"));',
    ],
    [
      'helpers of the bundler',
      'var d=Object.defineProperty;var e=(t,a)=>{for(var n in a)d(t,n,{get:a[n],enumerable:!0})};',
    ],
    ['questions', 'const f=(x)=>typeof x==="object"&&x instanceof Float64Array&&!Number.isNaN(NaN)&&x!==undefined;'],
    ['iteration', 'const o={*[Symbol.iterator](){yield*Object.entries({a:1})}};new Intl.NumberFormat("en").format(1);'],
  ])('%s', (_, body) => {
    expect(harmless(body)).toBe(true);
  });

  test.each([
    'globalThis.x=1;',
    'const f=()=>{x=globalThis};',
    'Math.random=()=>4;',
    'Math["random"]=()=>4;',
    'Math.x.y=1;',
    'Math.x++;',
    'delete Math.max;',
    'delete Math?.max;',
    '[Math.x]=[1];',
    '({a:Math.x}={a:1});',
    'for(Math.x of[1]);',
    'const M=Math;M.x=1;',
    'const{PI}=Math;',
    'Object.assign(Math,{x:1});',
    'const f=(m)=>{m.x=1};f(Math);',
    'Array.prototype.sum=1;',
    'Array["prototype"].sum=1;',
    'Array[`prototype`].sum=1;',
    '[].constructor.x=1;',
    '({}).__proto__.x=1;',
    'Object.getPrototypeOf([]).x=1;',
    'const{getPrototypeOf:g}=Object;',
    'Reflect.set({},1,1);',
    'Error.stackTraceLimit=1;',
    'process.env.A="1";',
    'process.chdir("/");',
    'const p=process;',
    'import fs from"node:fs";fs.readFileSync=1;',
    'import fs from"node:fs";const f=fs;',
    'import*as fs from"node:fs";fs.promises.readFile=1;',
    'import{env}from"node:process";env.A=1;',
    'import"unknown";',
    'import x from"unknown";x();',
    'import("node:fs");',
    'const u=import.meta.url;',
    'eval("1");',
    'new Function("1")();',
    'const f=(async()=>{}).constructor;',
    'require("node:fs");',
    'console.log=1;',
    'setTimeout.x=1;',
    'fetch("x");',
    'Buffer.poolSize=1;',
    'import util from"node:util";util.inspect.styles.x=1;',
    'import{inspect}from"node:util";inspect.styles.x=1;',
    'import{z}from"zod";z.config({});',
    'import{config}from"zod";config({});',
    'import*as z from"zod";const{config:c}=z;',
    'import{z}from"zod";z["config"]({});',
    'const h={Math};',
    '(0,Math).x=1;',
    'const o={set x(v){v.y=1}};o.x=Math;',
    'class A{static m=Math}A.m.x=1;',
    'Symbol.x=1;',
  ])('but not %s', (body) => {
    expect(harmless(body)).toBe(false);
  });
});
