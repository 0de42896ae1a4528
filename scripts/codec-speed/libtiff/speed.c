/* How long libtiff takes to code or decode a page, in nanoseconds of CPU time.
 * Usage: libtiff MH|MR|MMR encode|decode WIDTH HEIGHT MILLISECONDS <page
 * The page is packed rows, 1 is black. It is coded, or decoded, over and over in memory for that long. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <tiffio.h>

struct memory { uint8_t *at; uint64_t size, offset, room; };

static tmsize_t mread(thandle_t h, void *to, tmsize_t n)
{
    struct memory *m = h;
    if (m->offset + n > m->size)
        n = m->offset < m->size ? m->size - m->offset : 0;
    memcpy(to, m->at + m->offset, n);
    m->offset += n;
    return n;
}

static tmsize_t mwrite(thandle_t h, void *from, tmsize_t n)
{
    struct memory *m = h;
    if (m->offset + n > m->room)
        return -1;
    memcpy(m->at + m->offset, from, n);
    m->offset += n;
    if (m->offset > m->size)
        m->size = m->offset;
    return n;
}

static toff_t mseek(thandle_t h, toff_t to, int whence)
{
    struct memory *m = h;
    m->offset = whence == SEEK_SET ? to : whence == SEEK_CUR ? m->offset + to : m->size + to;
    return m->offset;
}

static int mclose(thandle_t h) { (void) h; return 0; }
static toff_t msize(thandle_t h) { return ((struct memory *) h)->size; }

static TIFF *open_memory(struct memory *m, const char *mode)
{
    m->offset = 0;
    return TIFFClientOpen("memory", mode, m, mread, mwrite, mseek, mclose, msize, NULL, NULL);
}

static void encode(struct memory *m, const char *coding, uint32_t width, uint32_t height, uint8_t *page, tmsize_t size)
{
    TIFF *t;
    m->size = 0;
    t = open_memory(m, "wm");
    TIFFSetField(t, TIFFTAG_IMAGEWIDTH, width);
    TIFFSetField(t, TIFFTAG_IMAGELENGTH, height);
    TIFFSetField(t, TIFFTAG_ROWSPERSTRIP, height);
    TIFFSetField(t, TIFFTAG_BITSPERSAMPLE, 1);
    TIFFSetField(t, TIFFTAG_SAMPLESPERPIXEL, 1);
    TIFFSetField(t, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
    TIFFSetField(t, TIFFTAG_YRESOLUTION, 196.0);
    TIFFSetField(t, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
    TIFFSetField(t, TIFFTAG_COMPRESSION, strcmp(coding, "MMR") == 0 ? COMPRESSION_CCITTFAX4 : COMPRESSION_CCITTFAX3);
    if (strcmp(coding, "MR") == 0)
        TIFFSetField(t, TIFFTAG_GROUP3OPTIONS, GROUP3OPT_2DENCODING);
    if (TIFFWriteEncodedStrip(t, 0, page, size) != size)
        exit(1);
    TIFFClose(t);
}

static void decode(struct memory *m, uint8_t *page, tmsize_t size)
{
    TIFF *t = open_memory(m, "rm");
    if (TIFFReadEncodedStrip(t, 0, page, size) != size)
        exit(1);
    TIFFClose(t);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(int argc, char *argv[])
{
    if (argc != 6)
        return 2;
    int encoding = strcmp(argv[2], "encode") == 0, pages = 0;
    uint32_t width = atoi(argv[3]), height = atoi(argv[4]);
    double enough = atof(argv[5]) * 1e6, begun;
    tmsize_t size = (tmsize_t) (width + 7) / 8 * height;
    uint8_t *page = malloc(size);
    struct memory m = {malloc(3 * size + 4096), 0, 0, 3 * size + 4096};

    if (fread(page, 1, size, stdin) != (size_t) size)
        return 1;
    encode(&m, argv[1], width, height, page, size);
    for (begun = now(); now() - begun < enough || pages == 0; pages++)
        if (encoding)
            encode(&m, argv[1], width, height, page, size);
        else
            decode(&m, page, size);
    printf("%.0f\n", (now() - begun) / pages);
    return 0;
}
