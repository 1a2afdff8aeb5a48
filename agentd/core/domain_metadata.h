/* SPDX-License-Identifier: Apache-2.0 */
/* domain_metadata - the title and the labels of a libvirt domain, from its XML description.
 *
 * Three sources are read: <title>, our own element in <metadata>, and Nova's. Our own is
 *
 *   <daqs:sla xmlns:daqs="urn:daqs:sla:1" min="2Gbit" max="10Gbit" weight="4" class="gold"
 *             tenant="acme">
 *     <daqs:label name="team" value="billing"/>
 *   </daqs:sla>
 *
 * and each attribute becomes a label such as sla-min. Nova's is the one that it writes for each
 * instance (nova/virt/libvirt/config.py, LibvirtConfigGuestMetaNovaInstance); extra specs of the
 * flavour such as "daqs:class" ask for an SLA if the domain has no element of our own. */
#ifndef DAQS_AGENTD_CORE_DOMAIN_METADATA_H
#define DAQS_AGENTD_CORE_DOMAIN_METADATA_H

#include <libxml/tree.h>

#include "agentd/core/vm_labels.h"

#define DOMAIN_METADATA_NAMESPACE "urn:daqs:sla:1"

/* Adds what the description says to empty labels. 'domain' is its root element. What is not
 * understood of an SLA becomes the label VM_LABEL_PROBLEM; of the rest it is left out. */
void domain_metadata_read(const xmlNode *domain, struct vm_labels *labels);

#endif
