/* Meta: fills format/meta.def's record, group by group. */
#include "dumper/meta.h"

#include "base/version.h"

#include <time.h>

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void fill_process(const struct meta_input *input, struct snapshot_meta *meta)
{
	const struct process *process = input->process;

	if (process->pid != 0) { /* a core whose notes are cut off doesn't tell */
		meta->pid = (uint64_t)process->pid;
		meta->namespace_pid = (uint64_t)process->namespace_pid;
	}
	meta->command = process->command;
	meta->executable = process->executable;
	meta->hostname = process->hostname;
	meta->boot_id = process->boot_id;
	meta->start_ticks = process->start_ticks;
	meta->start_time_ns = process->start_time_ns;
	meta->threads = process->threads;
	meta->rss = process->rss;
	meta->peak_rss = process->peak_rss;
}

static void fill_interpreter(const struct meta_input *input, struct snapshot_meta *meta)
{
	meta->implementation = (char *)"CPython";
	meta->version = input->runtime->version;
	meta->version_hex = input->runtime->version_hex;
	meta->build = input->runtime->build;
	meta->runtime_path = input->runtime->path;
	meta->layout = (char *)heap_layout_name(input->heap);
	meta->interpreters = heap_interpreters(input->heap);
	meta->allocator = (char *)heap_allocator(input->heap);
}

static void fill_collector(const struct gc_facts *gc, struct snapshot_meta *meta)
{
	meta->gc_enabled = gc->enabled;
	meta->gc_collecting = gc->collecting;
	meta->gc_threshold0 = gc->threshold[0];
	meta->gc_threshold1 = gc->threshold[1];
	meta->gc_threshold2 = gc->threshold[2];
	meta->gc_count0 = gc->count[0];
	meta->gc_count1 = gc->count[1];
	meta->gc_count2 = gc->count[2];
	meta->gc_collections0 = gc->collections[0];
	meta->gc_collections1 = gc->collections[1];
	meta->gc_collections2 = gc->collections[2];
	meta->gc_collected0 = gc->collected[0];
	meta->gc_collected1 = gc->collected[1];
	meta->gc_collected2 = gc->collected[2];
	meta->gc_uncollectable0 = gc->uncollectable[0];
	meta->gc_uncollectable1 = gc->uncollectable[1];
	meta->gc_uncollectable2 = gc->uncollectable[2];
}

static void fill_traces(const struct traces *traces, struct snapshot_meta *meta)
{
	if (traces->list.count == 0)
		return;
	meta->traced_blocks = traces->list.count;
	meta->traced_bytes = traces->bytes;
	meta->traceback_limit = traces->limit;
}

static void fill_capture(const struct meta_input *input, struct snapshot_meta *meta)
{
	meta->source = (char *)input->source;
	meta->pause_mode = (char *)input->pause_mode;
	meta->capture_time_ns = input->moment_ns;
	meta->duration_ns = monotonic_ns() - input->begun_ns;
	meta->pause_ns = input->pause_ns;
	meta->pause_total_ns = input->pause_total_ns;
	meta->attempts = input->attempts;
	meta->reads_repeated = input->reads_repeated;
	meta->chunks_changed = input->chunks_changed;
	meta->ranges_missing = (char *)input->ranges_missing;
	meta->series_number = input->series_number;
	meta->bytes_read = heap_bytes_read(input->heap);
	meta->values_limit = heap_preview(input->heap);
	meta->program = (char *)"heapdump " PROJECT_VERSION;
}

static void fill_memory(const struct kinds *kinds, struct snapshot_meta *meta)
{
	if (kinds == NULL)
		return;
	meta->memory_source = (char *)kinds->source;
	meta->malloc = (char *)kinds->malloc;
	if (!kinds->glibc.proved)
		return;
	meta->malloc_arenas = kinds->glibc.arenas;
	meta->malloc_broken = kinds->glibc.broken;
}

struct error *meta_write(const struct meta_input *input, struct writer *writer)
{
	struct snapshot_meta meta;

	snapshot_meta_init(&meta);
	fill_process(input, &meta);
	if (heap_process_hash(input->heap)[0] != '\0')
		meta.process_hash = (char *)heap_process_hash(input->heap);
	meta.hash_key = (char *)heap_hash_key(input->heap);
	if (meta.hash_key != NULL)
		meta.hash_key_id = (char *)heap_hash_key_id(input->heap);
	fill_interpreter(input, &meta);
	fill_collector(heap_gc(input->heap), &meta);
	fill_traces(heap_traces(input->heap), &meta);
	fill_capture(input, &meta);
	fill_memory(input->kinds, &meta);
	return writer_meta(writer, &meta);
}
