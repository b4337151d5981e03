/** The source map of a printed text, through the linked text that it was printed from, to the files. */
import { SourceMap, type SourceMapSegment } from 'magic-string';
import { OriginalPlaces, type Position } from '../source-map.ts';
