/* mood - which words of a table tell of trouble, for colours. */
#ifndef DAQS_TOOLS_MOOD_H
#define DAQS_TOOLS_MOOD_H

enum mood { MOOD_FINE, MOOD_DOUBTFUL, MOOD_BAD };

/* Of a word in a column of that name: states, levels of events, values of the status. */
enum mood mood_of(const char *column, const char *word);

#endif
