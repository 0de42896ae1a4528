/* Decodes one page as libspandsp does. Usage: spandsp MH|MR|MMR WIDTH SCRATCH <coded >rows, LSB first in, packed
 * rows out; libspandsp makes a TIFF of its own in the file SCRATCH. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <spandsp.h>

static int put_row(void *to, const uint8_t row[], size_t len)
{
    return fwrite(row, 1, len, to) == len ? 0 : -1;
}

int main(int argc, char *argv[])
{
    uint8_t chunk[4096];
    int coding, n;
    t4_rx_state_t *rx;

    if (argc != 4)
        return 2;
    coding = strcmp(argv[1], "MH") == 0 ? T4_COMPRESSION_ITU_T4_1D
        : strcmp(argv[1], "MR") == 0 ? T4_COMPRESSION_ITU_T4_2D : T4_COMPRESSION_ITU_T6;
    if ((rx = t4_rx_init(NULL, argv[3], T4_COMPRESSION_ITU_T6)) == NULL)
        return 1;
    t4_rx_set_row_write_handler(rx, put_row, stdout);
    t4_rx_set_rx_encoding(rx, coding);
    t4_rx_set_image_width(rx, atoi(argv[2]));
    t4_rx_start_page(rx);
    while ((n = (int) fread(chunk, 1, sizeof chunk, stdin)) > 0)
        t4_rx_put_chunk(rx, chunk, n);
    t4_rx_end_page(rx);
    t4_rx_free(rx);
    return fflush(stdout) == 0 ? 0 : 1;
}
