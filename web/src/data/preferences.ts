/* Keeps preferences (state/preferences.ts) in the server's saved layouts, under one name. Nothing waits for it and nothing is said when
 * it fails: then this browser has them alone, until the next change is tried. */
import type { Client } from '@urql/core';
import { PreferencesDocument, SavePreferencesDocument } from '../../generated/graphql';
import { keepPreferences } from '../state/preferences';

const NAME = 'page.preferences'; // as in preferences.graphql
const SAVE_AFTER_MS = 800;

export function syncPreferences(client: Client): void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let known = false; // before the server's are known, saving would overwrite what another browser saved
  const save = async () => {
    timer = null;
    const values = known ? keeper.unsaved() : null;
    if (values === null) return;
    const { error } = await client.mutation(SavePreferencesDocument, { layout: values }).toPromise();
    if (error !== undefined) keeper.failed(Object.keys(values));
  };
  const saveSoon = () => {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(() => { void save(); }, SAVE_AFTER_MS);
  };
  const keeper = keepPreferences(saveSoon);
  const read = async () => {
    const { data, error } = await client.query(PreferencesDocument, {}, { requestPolicy: 'network-only' }).toPromise();
    if (error !== undefined || data?.savedLayouts == null) return;
    keeper.take(data.savedLayouts.nodes.find((one) => one.name === NAME)?.layout ?? {});
    known = true;
    saveSoon();
  };
  void read();
}
