/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/vm_labels.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/name.h"

static const char blanks[] = " \t\r\n";

/* Returns the text without blanks around it: *ret_length bytes from there. */
static const char *trim(const char *text, size_t *ret_length)
{
    text += strspn(text, blanks);
    size_t length = strlen(text);
    while (length > 0 && strchr(blanks, text[length - 1]))
        length--;
    *ret_length = length;
    return text;
}

/* Returns the greatest length up to 'most' at which the text can be cut without cutting a character
 * of UTF-8 in two. */
static size_t cut(const char *text, size_t length, size_t most)
{
    if (length <= most)
        return length;
    while (most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80)
        most--;
    return most;
}

void vm_labels_set_title(struct vm_labels *labels, const char *title)
{
    size_t length = 0;
    title = trim(title, &length);
    length = cut(title, length, DAQS_TITLE_MAX);
    if (daqs_name_check("title", title, length, NULL) != DAQS_OK)
        length = 0;
    memcpy(labels->title, title, length);
    labels->title[length] = '\0';
}

bool vm_label_key_ok(const char *key)
{
    size_t length = strlen(key);
    return length > 0 && length <= DAQS_LABEL_KEY_MAX && *key >= 'a' && *key <= 'z' &&
           strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789._:-") == length;
}

static void append(struct vm_labels *labels, const char *key, const char *value, size_t length)
{
    struct vm_label *label = &labels->label[labels->count++];
    (void)snprintf(label->key, sizeof label->key, "%s", key);
    memcpy(label->value, value, length);
    label->value[length] = '\0';
}

bool vm_labels_add(struct vm_labels *labels, const char *key, const char *value)
{
    size_t length = 0;
    value = trim(value, &length);
    if (labels->count >= DAQS_MAX_LABELS - 1 || !vm_label_key_ok(key) ||
        length > DAQS_LABEL_VALUE_MAX || daqs_name_check("", value, length, NULL) != DAQS_OK)
        return false;
    append(labels, key, value, length);
    return true;
}

const char *vm_labels_find(const struct vm_labels *labels, const char *key)
{
    for (uint32_t i = 0; i < labels->count; i++)
        if (strcmp(labels->label[i].key, key) == 0)
            return labels->label[i].value;
    return NULL;
}

void vm_labels_problem(struct vm_labels *labels, const char *format, ...)
{
    char text[DAQS_LABEL_VALUE_MAX + 1];
    va_list arguments;
    if (vm_labels_find(labels, VM_LABEL_PROBLEM))
        return;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    size_t length = strlen(text);
    if (daqs_name_check("", text, length, NULL) != DAQS_OK) { /* it quotes what is not valid */
        (void)snprintf(text, sizeof text, "it contains a text that is not valid");
        length = strlen(text);
    }
    append(labels, VM_LABEL_PROBLEM, text, length);
}

static bool can_be_asked(const char *name)
{
    static const char *const names[] = {"min", "max", "weight", "class", "tenant"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

void vm_labels_ask(struct vm_labels *labels, const char *name, const char *value)
{
    char key[DAQS_LABEL_KEY_MAX + 1];
    (void)snprintf(key, sizeof key, "sla-%.40s", name);
    if (vm_labels_find(labels, key))
        vm_labels_problem(labels, "it asks for '%.40s' twice; the first one counts", name);
    else if (!can_be_asked(name))
        vm_labels_problem(labels, "'%.40s' is not known; use min, max, weight, class, tenant",
                          name);
    else if (!vm_labels_add(labels, key, value))
        vm_labels_problem(labels,
                          "the value of '%s' is empty, longer than %d bytes, or has control "
                          "characters",
                          name, DAQS_LABEL_VALUE_MAX);
}

bool vm_labels_same(const struct vm_labels *a, const struct vm_labels *b)
{
    if (a->count != b->count || strcmp(a->title, b->title) != 0)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (strcmp(a->label[i].key, b->label[i].key) != 0 ||
            strcmp(a->label[i].value, b->label[i].value) != 0)
            return false;
    return true;
}

struct vm_labels *vm_labels_copy(const struct vm_labels *labels)
{
    struct vm_labels *copy = malloc(sizeof *copy);
    if (copy)
        *copy = *labels;
    return copy;
}
