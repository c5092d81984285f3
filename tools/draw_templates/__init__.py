"""Draws the mask library: `python -m tools.draw_templates` remakes templates/ from code, byte for byte.

How often a template is drawn ("weight") follows how often the kind is seen in the street. The order is that of the 100 web
photos in ../shared/masked-real (about 40 surgical, 20 shaped cloth, 10 polyurethane, 15 respirators with and without valve, few
of each other kind) and of what was sold in 2020 to 2022; the rare kinds get at least 0.3 so that a network meets them:

  surgical 5        the ordinary pack of fifty, everywhere
  kn95 3            the folded KN95 / FFP2 that Europe and China required indoors
  cloth 3           the two-piece shaped mask, sewn at home or bought
  fashion 2.5       polyurethane "pitta", the usual fashion mask of East Asia
  kf94 1.5          Korea's standard, and sold abroad as the comfortable one
  pleated_cloth 1   the home sewing pattern of spring 2020
  cloth_filter 0.8  shaped cloth with darts and a pocket
  gaiter 0.7        runners, skiers, workers outdoors
  n95_cup 0.6       workshops and hospitals, few in the street
  ffp2_valve 0.6    painters and early 2020, later often forbidden
  ffp2_duckbill 0.4 hospitals, parts of South Europe
  window 0.3        teachers, interpreters
"""
