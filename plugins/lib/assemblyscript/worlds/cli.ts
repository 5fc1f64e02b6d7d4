// Generated from runtime/wit by scripts/wit-bindings.ts: do not edit.
export { cabi_realloc, released } from "../canonical";
export {
  lifecycle__get_metadata,
  lifecycle__get_config_schema,
  lifecycle__initialize,
  lifecycle__start,
  lifecycle__stop,
  lifecycle__cleanup,
  lifecycle__health_check,
  lifecycle__handle_event,
  methods__list_methods,
  methods__call,
  methods__call_service,
  commands__run,
} from "../wit";
