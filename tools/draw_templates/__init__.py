"""Draws the mask library: `python -m tools.draw_templates` remakes templates/ from code, byte for byte.

How often a template is drawn ("weight") follows how often the kind is seen in the street. The weights are an estimate:
their order is that of about 100 photos of masked people from the web, looked through by eye (two in five surgical, then
shaped cloth and polyurethane, then respirators, few of each other kind), and of what was sold from 2020 to 2022. Rare
kinds get at least 0.3, so that a network meets them.

  surgical 5        the ordinary pack of fifty, everywhere
  kn95 3            the folded KN95 / FFP2 that China used and Central Europe required indoors
  cloth 3           the two-piece shaped mask, sewn at home or bought
  fashion 2.5       polyurethane, the usual fashion mask of East Asia
  kf94 1.5          Korea's standard, and sold abroad as the comfortable one
  pleated_cloth 1   the home sewing pattern of spring 2020
  cloth_filter 0.8  shaped cloth with darts and a pocket
  gaiter 0.7        runners, skiers, workers outdoors
  n95_cup 0.6       workshops and hospitals, few in the street
  ffp2_valve 0.6    painters; early 2020, later often forbidden
  ffp2_duckbill 0.4 hospitals, Southern Europe
  window 0.3        teachers, interpreters
"""
