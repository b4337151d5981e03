import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { parse as papaparse } from 'papaparse';
import { DataError, type Table, tableOf } from 'restage';
import { type CsvColumn, readCsv, readCsvHeader, writeCsv } from 'restage/io';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'restage-csv-'));
});
afterAll(() => rm(directory, { recursive: true }));

let files = 0;
async function fileOf(content: string | Uint8Array): Promise<string> {
  const path = join(directory, `${files++}.csv`);
  await writeFile(path, content);
  return path;
}

async function read(content: string | Uint8Array, columns: Record<string, CsvColumn>): Promise<Table> {
  return readCsv(await fileOf(content), columns);
}

/** The message that reading fails with, `FILE` standing for the path. */
async function refusal(content: string | Uint8Array, columns: Record<string, CsvColumn>): Promise<string> {
  const path = await fileOf(content);
  const error: unknown = await readCsv(path, columns).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(DataError);
  return (error as DataError).message.replaceAll(path, 'FILE');
}

const LABEL = { codes: { b: 0, s: 1 } };

describe('a CSV file', () => {
  test('reads the wanted columns in their types and no others', async () => {
    const table = await read('id,mass,junk,label\n1,125.5,x,s\n2,-999.0,"y,z",b\n', {
      label: LABEL,
      mass: 'float32',
      id: 'int32',
    });
    expect(table).toEqual({
      rows: 2,
      columns: {
        label: Uint8Array.of(1, 0),
        mass: Float32Array.of(125.5, -999),
        id: Int32Array.of(1, 2),
      },
    });
  });

  test('reads the same with CRLF, quotes, a byte-order mark, empty lines or no last line break', async () => {
    const plain = await read('a,b\n1,2.5\n3,4.5\n', { a: 'int32', b: 'float64' });
    for (const content of [
      'a,b\r\n1,2.5\r\n3,4.5\r\n',
      'a,b\r\n1,2.5\r\n3,4.5',
      '"a","b"\n"1","2.5"\n3,"4.5"',
      '"a" , "b"\r\n1,"2.5"\r\n3,4.5\r\n',
      '\ufeffa,b\n1,2.5\n\n3,4.5\n\n',
      'a,b\n 1 , 2.5\n3,4.5\n\r\n',
    ])
      expect(await read(content, { a: 'int32', b: 'float64' })).toEqual(plain);
  });

  test('is treated as gzip by its first bytes, whatever its name, also of several members', async () => {
    const members = Buffer.concat([gzipSync('a\n1\n'), gzipSync('2\n')]);
    expect((await read(members, { a: 'uint8' })).columns['a']).toEqual(Uint8Array.of(1, 2));
  });

  test('of a header alone has no rows', async () => {
    expect((await read('a,b\n', { b: 'float32' })).rows).toBe(0);
    expect((await read('a,b', { b: 'float32' })).rows).toBe(0);
  });

  test('of one column takes an empty line for an empty value, as papaparse does, unless the file ends with it', async () => {
    for (const [content, line] of [
      ['x\n1\n\n3\n', 3],
      ['x\r\n1\r\n\r\n3', 3],
      ['x\n\n1\n', 2],
      ['x\n1\n\n\n', 3],
      ['x\n1\n""\n3\n', 3],
      ['x\n1\n \n3\n', 3],
      [`x\n${'1\n'.repeat(200_000)}\n2\n`, 200_002],
    ] as const)
      for (const bytes of [content, gzipSync(content)])
        expect(await refusal(bytes, { x: 'float64' })).toBe(
          `FILE, line ${line}: column x is empty; correct or remove the line.`,
        );
    for (const end of ['', '\n', '\r\n', '\n\n', '\r\n\r\n', '\n\r\n'])
      expect((await read(`x\n1\n3${end}`, { x: 'float64' })).columns['x']).toEqual(Float64Array.of(1, 3));
    expect((await read('x\n\n', { x: 'float64' })).rows).toBe(0);
    const words = { x: { codes: { a: 1, '': 0 } } };
    for (const rows of [
      ['a', '', 'a'],
      ['', 'a'],
      ['a', '', ''],
      ['', '', 'a', ''],
    ]) {
      const content = `x\n${rows.join('\n')}\n`;
      const oracle = papaparse(content, { skipEmptyLines: false })
        .data.slice(1, -1)
        .map(([word]) => (word === 'a' ? 1 : 0));
      expect((await read(content, words)).columns['x']).toEqual(Uint8Array.from(oracle));
    }
  });

  test('of one column with an empty word is written so that no row is lost', async () => {
    const table = tableOf({ x: Uint8Array.of(0, 1, 0) });
    const content = Buffer.concat([...writeCsv(table, { words: { x: ['', 'a'] } })]);
    expect(content.toString()).toBe('x\n""\na\n""\n');
    expect(await read(content, { x: { codes: { '': 0, a: 1 } } })).toEqual(table);
  });

  test('may have columns and words of the names that every object has', async () => {
    const names = ['toString', '__proto__', 'constructor', 'hasOwnProperty'];
    const table = tableOf(Object.fromEntries(names.map((name, i) => [name, Int8Array.of(i, -i)])));
    const content = Buffer.concat([...writeCsv(table, { words: {} })]);
    expect(content.toString()).toBe('toString,__proto__,constructor,hasOwnProperty\n0,1,2,3\n0,-1,-2,-3\n');
    const wanted = Object.fromEntries(names.map((name) => [name, 'int8' as const]));
    const back = await read(content, wanted);
    expect(Object.entries(back.columns)).toEqual(Object.entries(table.columns));
    const codes = Object.fromEntries(names.map((name, i) => [name, i]));
    expect((await read(`w,n\n${names.join(',1\n')},1\n`, { w: { codes } })).columns['w']).toEqual(
      Uint8Array.of(0, 1, 2, 3),
    );
    expect(await refusal('w,n\nvalueOf,1\n', { w: { codes } })).toContain('says "valueOf", which is not one of');
    expect(await refusal('a,b\n1,2\n', Object.fromEntries([['toString', 'int8' as const]]))).toContain(
      'FILE has no column toString',
    );
  });

  test('reads as papaparse and Number read it, whatever the numbers and the blocks they fall into', async () => {
    const row = fc.tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.float({ noNaN: true }));
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 40 }), fc.nat({ max: 60 }), async (rows, repeats) => {
        const lines = rows.map((values) => values.join(','));
        const content = `x,y,z\n${Array.from({ length: repeats + 1 }, () => lines.join('\n')).join('\n')}\n`;
        const table = await read(content, { z: 'float32', y: 'int32', x: 'float64' });
        const oracle = papaparse(content, { skipEmptyLines: true }).data.slice(1);
        expect(table.rows).toBe(oracle.length);
        const column = (index: number): number[] => oracle.map((fields) => Number(fields[index]));
        expect(table.columns['x']).toEqual(Float64Array.from(column(0)));
        expect(table.columns['y']).toEqual(Int32Array.from(column(1)));
        expect(table.columns['z']).toEqual(Float32Array.from(column(2)));
      }),
      { numRuns: 100 },
    );
  });

  test('longer than many chunks keeps every row, in order', async () => {
    const rows = 120_000;
    const content = `n,half\n${Array.from({ length: rows }, (_, n) => `${n},${n / 2}\n`).join('')}`;
    for (const bytes of [content, gzipSync(content)]) {
      const { columns } = await read(bytes, { half: 'float64', n: 'int32' });
      // Not toEqual, which takes a second for so many.
      const wrong = columns['n']!.findIndex((value, n) => value !== n || columns['half']![n] !== n / 2);
      expect([columns['n']!.length, columns['half']!.length, wrong]).toEqual([rows, rows, -1]);
    }
  });

  test('keeps every row if lines are much shorter or longer than the first ones, or gzip gives a wrong length', async () => {
    const lines = Array.from({ length: 9000 }, (_, n) => (n < 4500 ? `${n},${'9'.repeat(300)}` : `${n},1`));
    const expected = Int32Array.from(lines, (_, n) => n);
    for (const [first, ids] of [
      [lines, expected],
      [lines.toReversed(), expected.toReversed()],
    ] as const) {
      const content = `n,long\n${first.join('\n')}\n`;
      expect((await read(content, { n: 'int32' })).columns['n']).toEqual(ids);
      // Two members: the end has the length of the second only.
      const members = Buffer.concat([gzipSync(content), gzipSync('9000,1\n')]);
      expect((await read(members, { n: 'int32' })).columns['n']).toEqual(Int32Array.of(...ids, 9000));
    }
  });

  test('reserves no memory for its empty lines', async () => {
    for (const empty of ['\n', '\r\n']) {
      const { columns, rows } = await read(`a,b\n${empty.repeat(60_000)}${'1,2\n'.repeat(5000)}`, { a: 'float64' });
      expect(rows).toBe(5000);
      expect(columns['a']!.buffer.byteLength).toBeLessThan(2 * 5000 * 8);
    }
  });

  test('can be read for its header only, whatever comes after it', async () => {
    const names = ['a', 'b c', 'd"e'];
    for (const content of ['a,"b c","d""e"\n1,2\nx', 'a,"b c","d""e"', gzipSync('a,b c,"d""e"\r\n1,2,3\n')])
      expect(await readCsvHeader(await fileOf(content))).toEqual(names);
    for (const content of ['', '\n', Buffer.alloc(2_000_000, 'x'), 'PAR1....'])
      await expect(readCsvHeader(await fileOf(content))).rejects.toBeInstanceOf(DataError);
  });

  test('that was written by writeCsv reads back to the same bits', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.double({ noNaN: true }),
            fc.float({ noNaN: true }),
            fc.integer({ min: -128, max: 127 }),
            fc.nat(1),
          ),
          { minLength: 1, maxLength: 30 },
        ),
        async (rows) => {
          const table = tableOf({
            'a "quoted", name': Float64Array.from(rows, ([x]) => x),
            y: Float32Array.from(rows, ([, y]) => y),
            z: Int8Array.from(rows, ([, , z]) => z),
            label: Uint8Array.from(rows, ([, , , label]) => label),
          });
          const text = Buffer.concat([...writeCsv(table, { words: { label: ['b', 's'] } })]);
          const back = await read(text, { 'a "quoted", name': 'float64', y: 'float32', z: 'int8', label: LABEL });
          expect(back).toEqual(table);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('is written with no more digits than a float32 needs', () => {
    const text = Buffer.concat([...writeCsv(tableOf({ x: Float32Array.of(0.1, 16777216, -999, 138.47) }))]).toString();
    expect(text).toBe('x\n0.1\n16777216\n-999\n138.47\n');
  });
});

describe('a file that cannot be read is refused in one sentence', () => {
  test('when there is none, or it is a directory', async () => {
    await expect(readCsv(join(directory, 'none.csv'), { a: 'int32' })).rejects.toThrow(
      `${directory}/none.csv cannot be read: it does not exist; check the path.`,
    );
    await expect(readCsv(directory, { a: 'int32' })).rejects.toThrow(
      `${directory} cannot be read: it is a directory; name a file in it.`,
    );
  });

  test('when it is empty or starts with an empty line', async () => {
    expect(await refusal('', { a: 'int32' })).toBe('FILE is empty; it should start with a header line.');
    expect(await refusal(gzipSync(''), { a: 'int32' })).toBe('FILE is empty; it should start with a header line.');
    expect(await refusal('\na\n1\n', { a: 'int32' })).toBe(
      'FILE starts with an empty line; it should start with a header line.',
    );
  });

  test('when its gzip data is truncated or damaged', async () => {
    const whole = gzipSync(Buffer.from(`a\n${Array.from({ length: 5000 }, (_, n) => `${n * n}\n`).join('')}`));
    expect(await refusal(whole.subarray(0, whole.length - 20), { a: 'int32' })).toBe(
      'FILE ends in the middle of its gzip data; it is truncated, so fetch it again.',
    );
    const damaged = Buffer.from(whole);
    damaged.writeUInt8(damaged.readUInt8(damaged.length - 6) ^ 0xff, damaged.length - 6);
    expect(await refusal(damaged, { a: 'int32' })).toBe(
      'FILE starts like gzip but its data is damaged; fetch it again.',
    );
  });

  test('when its name says gzip and its bytes say otherwise', async () => {
    const path = `${await fileOf('a,b\n1,2\n')}.gz`;
    await writeFile(path, 'a,b\n1,2\n');
    await expect(readCsv(path, { a: 'int32' })).rejects.toThrow(
      `${path} is named like gzip but is not gzip; fetch it again, or rename it to .csv if it is plain text.`,
    );
  });

  test('when it has another format', async () => {
    expect(await refusal(Buffer.from('PAR1....'), { a: 'int32' })).toBe(
      'FILE is a Parquet file, not text; give a CSV file, plain or compressed with gzip (.csv or .csv.gz).',
    );
    const binary =
      'FILE is neither text nor gzip (it starts with bytes that no header line has); give a CSV file, plain or compressed with gzip.';
    expect(await refusal(Buffer.from('a\0,\0b\0\n\0', 'latin1'), { a: 'int32' })).toBe(binary);
    expect(await refusal(Buffer.from([0xff, 0xfe, 0x61, 0x0a]), { a: 'int32' })).toBe(binary);
    expect(await refusal(Buffer.alloc(2_000_000, 'x'), { a: 'int32' })).toBe(binary);
  });

  test('when a column is missing or there twice', async () => {
    expect(await refusal('EventId,Weight,Label\n', { KaggleWeight: 'float64' })).toBe(
      'FILE has no column KaggleWeight; its header names EventId, Weight, Label.',
    );
    expect(await refusal('a,b,c,d,e,f,g,PRI_tau_pT\n', { PRI_tau_pt: 'float64' })).toBe(
      'FILE has no column PRI_tau_pt (did you mean "PRI_tau_pT"?); its header names a, b, c, d, e, f and 2 more.',
    );
    expect(await refusal('a,b,a\n1,2,3\n', { a: 'int32' })).toContain('FILE has the column a twice, as fields 1 and 3');
  });

  test('when a field is not a number of its type, with line, column and value', async () => {
    const columns = { a: 'int8', b: 'float32', c: LABEL } as const;
    const at3 = (line: string): Promise<string> => refusal(`a,b,c\n1,1,s\n${line}\n`, columns);
    expect(await at3('1,abc,s')).toContain('FILE, line 3: column b says "abc"');
    expect(await at3('1,,s')).toContain('FILE, line 3: column b is empty');
    expect(await at3('1,1e39,s')).toContain('FILE, line 3: column b says "1e39", which is too large for float32');
    expect(await at3('1.5,1,s')).toContain('FILE, line 3: column a says "1.5"');
    expect(await at3('128,1,s')).toContain('FILE, line 3: column a says "128", which is outside int8 (-128 to 127)');
    expect(await at3('1,1,signal')).toContain('FILE, line 3: column c says "signal", which is not one of b, s');
  });

  test('when a line has too few or too many fields, or a quote is not closed', async () => {
    const columns = { a: 'int32' } as const;
    expect(await refusal('a,b,c\n1,2,3\n\n1,2\n', columns)).toContain('FILE, line 4: 2 fields where the header has 3');
    expect(await refusal('a,b\n1,2,3\n', columns)).toContain('FILE, line 2: 3 fields where the header has 2');
    expect(await refusal('a,b\n1\n', columns)).toContain('FILE, line 2: 1 field where the header has 2');
    expect(await refusal('a,b\n1,"2\n3",4\n', columns)).toBe(
      'FILE, line 2: a quoted field is not closed on its line; close it, or remove the line breaks from it.',
    );
  });

  test('when anything but spaces stands between a closing quote and the separator, also in a column that is not read', async () => {
    const columns = { w: 'float64', label: LABEL } as const;
    for (const line of [
      '1,"0.5"9s',
      '1,"0.5"9,s',
      '"1" x,0.5,s',
      '1,0.5,"s"x',
      '1,"0.5"\rs',
      '1,"0.5"\t,s',
      '1,"0"5",s',
    ])
      for (const end of ['', '\n', '\r\n', '\n1,1,b\n'])
        expect(await refusal(`id,w,label\n1,1,s\n${line}${end}`, columns)).toBe(
          'FILE, line 3: text follows the closing quote of a field; put a comma between them, or write a quote within a field twice.',
        );
    for (const end of ['', '\r', '\n', '\r\n', ' ', ' \r\n'])
      expect((await read(`id,w,label\n"1" ,"0.5"  ,"s"${end}`, columns)).columns).toEqual({
        w: Float64Array.of(0.5),
        label: Uint8Array.of(1),
      });
  });
});
