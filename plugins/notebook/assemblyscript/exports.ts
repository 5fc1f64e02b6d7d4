// The entry. The exports of the world get their names in the component by scripts/components/componentize.ts: `lifecycle__get_metadata`
// becomes `aitbc:plugin/lifecycle@1.0.0#get-metadata`, and each gets `released` as its post-return.
import { serve } from "../../lib/assemblyscript/aitbc";
import { Notebook } from "./notebook";

export * from "../../lib/assemblyscript/worlds/plugin";

serve(new Notebook());
